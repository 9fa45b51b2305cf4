/** The token issuer on AWS, whole: docs/token-issuer.md has a picture of it, what it costs and how it is run. */

import * as pulumi from '@pulumi/pulumi';
import { valueOf } from '../resolve.ts';
import { NO_INPUTS } from '../told.ts';
import type { TokenIssuerArgs } from './args.ts';
import { assemble } from './assemble.ts';
import { planIssuer } from './check.ts';
import { surroundings } from './surroundings.ts';

/**
 * The issuer of this kit on ECS Fargate, with all that it needs. No component is nested in it: its children are plain
 * resources. The image is given by its digest; nothing is built.
 */
export class TokenIssuer extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:TokenIssuer';
  /** The issuer, as in `iss`. */
  readonly url: pulumi.Output<string>;
  /** Where its keys are. With an issuer for each organization they are below the URL of each. */
  readonly jwksUri: pulumi.Output<string>;
  /** Its admin API, for `IDP_ADMIN_URL`. */
  readonly adminUrl: pulumi.Output<string>;
  /** URL of the repository that images are pushed to. */
  readonly repositoryUrl: pulumi.Output<string>;
  /** Name of the ECS cluster. */
  readonly clusterName: pulumi.Output<string>;
  /** Name of the ECS service; none before there is an image. */
  readonly serviceName: pulumi.Output<string | undefined>;
  /** Name of the log group. */
  readonly logGroupName: pulumi.Output<string>;
  /** ARNs of the KMS keys, in the order in which they sign. */
  readonly keyArns: pulumi.Output<string[]>;
  /** ARNs of the secrets made here. */
  readonly secretArns: pulumi.Output<string[]>;
  /** The bucket of discovery and keys; none where the issuer serves them itself. */
  readonly documentsBucket: pulumi.Output<string | undefined>;

  constructor(name: string, args: TokenIssuerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TokenIssuer.__pulumiType, name, NO_INPUTS, opts);
    const plan = valueOf(planIssuer(name, args), this);
    const made = assemble(surroundings(name, plan, this));
    this.url = pulumi.output(plan.url);
    this.jwksUri = pulumi.output(made.jwksUri);
    this.adminUrl = pulumi.output(made.adminUrl);
    this.repositoryUrl = made.repository.repositoryUrl;
    this.clusterName = made.cluster.name;
    this.serviceName = pulumi.output(made.service?.name);
    this.logGroupName = made.logs.name;
    this.keyArns = pulumi.output(made.keys.arns);
    this.secretArns = pulumi.output(made.database.secretArns);
    this.documentsBucket = pulumi.output(made.documents?.bucket.bucket);
    this.registerOutputs({
      url: this.url,
      jwksUri: this.jwksUri,
      adminUrl: this.adminUrl,
      repositoryUrl: this.repositoryUrl,
      clusterName: this.clusterName,
      serviceName: this.serviceName,
      logGroupName: this.logGroupName,
      keyArns: this.keyArns,
      secretArns: this.secretArns,
      documentsBucket: this.documentsBucket,
    });
  }
}
