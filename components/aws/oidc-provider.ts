/** The IAM OIDC provider of an issuer: AWS trusts its signatures for the audiences listed here, and no more. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { readIssuer } from '../../src/claims/issuer.ts';
import { type Result, accept, problem, refuse } from '../../src/claims/problem.ts';
import { AWS_AUDIENCE } from '../../src/trust/aws/compile.ts';
import { type IssuerArgs, issuerConfig } from '../args.ts';
import { valueOf } from '../resolve.ts';

export interface AwsOidcProviderArgs {
  /** The issuer to trust. Its URL must be https, without port. */
  issuer: IssuerArgs;
  /** Audiences that tokens may be for; at most 100. @default `sts.amazonaws.com` */
  audiences?: pulumi.Input<pulumi.Input<string>[]>;
  /** SHA-1 thumbprints of the issuer's CA, at most 5; only for a CA that is not publicly trusted. @default none */
  thumbprints?: pulumi.Input<pulumi.Input<string>[]>;
  /** Tags of the provider. @default none */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The provider's URL, or why the issuer cannot be one. */
export function providerUrl(args: IssuerArgs): Result<string> {
  const issuer = readIssuer(issuerConfig(args));
  if (!issuer.ok) return issuer;
  if (issuer.value.url !== undefined) return accept(issuer.value.url);
  return refuse(problem(['issuer'], `\`${issuer.value.issuer}\` is no URL, so it cannot be an OIDC provider at AWS`));
}

/**
 * The IAM OIDC provider of an issuer. Trust policies are what admits workloads: see `AwsFederatedRole`.
 * Source: IAM, CreateOpenIDConnectProvider.
 */
export class AwsOidcProvider extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:AwsOidcProvider';
  /** ARN of the provider. */
  readonly arn: pulumi.Output<string>;
  /** URL of the issuer, as in `iss`. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: AwsOidcProviderArgs, opts?: pulumi.ComponentResourceOptions) {
    super(AwsOidcProvider.__pulumiType, name, args, opts);
    const url = valueOf(providerUrl(args.issuer), this);
    const provider = new aws.iam.OpenIdConnectProvider(
      `${name}-provider`,
      {
        url,
        clientIdLists: args.audiences ?? [AWS_AUDIENCE],
        ...(args.thumbprints === undefined ? {} : { thumbprintLists: args.thumbprints }),
        ...(args.tags === undefined ? {} : { tags: args.tags }),
      },
      { parent: this },
    );
    this.arn = provider.arn;
    this.url = provider.url;
    this.registerOutputs({ arn: this.arn, url: this.url });
  }
}
