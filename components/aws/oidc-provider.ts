/** The IAM OIDC provider of an issuer: AWS trusts its signatures for the audiences listed here, and no more. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { readIssuer } from '../../src/claims/issuer.ts';
import { type Problem, type Result, accept, problem, refuse } from '../../src/claims/problem.ts';
import { AWS_AUDIENCE, providerArn } from '../../src/trust/aws/compile.ts';
import { type IssuerArgs, ISSUER_ARGS, TrustMode, checkMode, issuerConfig } from '../args.ts';
import { type ArgTable, checkArgs, checked, given, refuseIf, valueOf } from '../resolve.ts';
import { NO_INPUTS } from '../told.ts';
import { DEFAULT_PARTITION, checkAccount, checkAudiences, checkPartition } from './account.ts';

export interface AwsOidcProviderArgs {
  /** The issuer to trust. Its URL must be https, without port; a path is fine. */
  issuer: IssuerArgs;
  /** `create`; `adopt` for one that is there and shall be managed here; `existing` for one that stays another's. @default `create` */
  mode?: TrustMode;
  /** The account, 12 digits; `adopt` needs it. @default asked of AWS */
  accountId?: pulumi.Input<string>;
  /** `aws`, `aws-cn`, `aws-us-gov`, … @default asked of AWS */
  partition?: pulumi.Input<string>;
  /** Audiences that tokens may be for; 1 to 100. @default `sts.amazonaws.com` */
  audiences?: pulumi.Input<pulumi.Input<string>[]>;
  /** SHA-1 thumbprints of the issuer's CA, at most 5; only for a CA that is not publicly trusted. @default none */
  thumbprints?: pulumi.Input<pulumi.Input<string>[]>;
  /** Tags of the provider. @default none */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Refuse to delete or replace it: with the provider goes the trust of every role that names it. Take it away in an update of its own
   * before `pulumi destroy`. @default true
   */
  protect?: boolean;
}

const ARGS: ArgTable<AwsOidcProviderArgs> = {
  issuer: 'required',
  mode: 'optional',
  accountId: 'optional',
  partition: 'optional',
  audiences: 'optional',
  thumbprints: 'optional',
  tags: 'optional',
  protect: 'optional',
};

/** The provider's URL, or why the issuer cannot be one. */
export function providerUrl(args: IssuerArgs): Result<string> {
  const issuer = readIssuer(issuerConfig(args));
  if (!issuer.ok) return issuer;
  if (issuer.value.url !== undefined) return accept(issuer.value.url);
  return refuse(problem(['issuer'], `\`${issuer.value.issuer}\` is no URL, so it cannot be an OIDC provider at AWS`));
}

/** IAM takes at most 5 (CreateOpenIDConnectProvider). */
const THUMBPRINTS = 5;

function checkThumbprints(thumbprints: readonly string[]): Problem[] {
  const path = ['thumbprints'];
  return [
    ...(thumbprints.length > THUMBPRINTS ? [problem(path, `AWS takes at most ${THUMBPRINTS} thumbprints`)] : []),
    ...thumbprints
      .filter((thumbprint) => !/^[0-9A-Fa-f]{40}$/.test(thumbprint))
      .map((thumbprint) =>
        problem(
          path,
          `\`${thumbprint}\` is no thumbprint`,
          'write the SHA-1 of the certificate, 40 digits without colons',
        ),
      ),
  ];
}

/** One that is there must know every audience that roles ask for: it alone decides which tokens STS looks at. */
export function checkRegistered(url: string, registered: readonly string[], wanted: readonly string[]): Problem[] {
  const missing = wanted.filter((audience) => !registered.includes(audience));
  if (missing.length === 0) return [];
  return [
    problem(
      ['audiences'],
      `the provider of ${url} does not know the audience ${missing.join(', ')}: it has ${registered.join(', ')}`,
      'have whoever manages it add them: aws iam add-client-id-to-open-id-connect-provider',
    ),
  ];
}

/**
 * The IAM OIDC provider of an issuer. Trust policies are what admits workloads: see `AwsFederatedRole`.
 * Source: IAM, CreateOpenIDConnectProvider.
 */
export class AwsOidcProvider extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:AwsOidcProvider';
  /** ARN of the provider: known at preview. */
  readonly arn: pulumi.Output<string>;
  /** URL of the issuer, as in `iss`. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: AwsOidcProviderArgs, opts?: pulumi.ComponentResourceOptions) {
    super(AwsOidcProvider.__pulumiType, name, NO_INPUTS, opts);
    checkArgs(args, ARGS, this);
    checkArgs(args.issuer, ISSUER_ARGS, this, 'issuer');
    const mode = args.mode ?? TrustMode.Create;
    valueOf(refuseIf([...checkMode(mode), ...checkWay(mode, args)], undefined), this);
    const url = valueOf(providerUrl(args.issuer), this);
    const audiences = checked(args.audiences ?? [AWS_AUDIENCE], (list) => checkAudiences(list as string[]), this);
    const arn = this.arnOf(url, args);
    if (mode === TrustMode.Existing) this.arn = this.find(name, { url, arn, audiences });
    else {
      const { thumbprints, tags } = args;
      const thumbprintLists =
        thumbprints === undefined
          ? undefined
          : checked(thumbprints, (list) => checkThumbprints(list as string[]), this);
      const provider = new aws.iam.OpenIdConnectProvider(
        `${name}-provider`,
        { url, clientIdLists: audiences, ...given({ thumbprintLists, tags }) },
        {
          parent: this,
          protect: args.protect ?? opts?.protect ?? true,
          ...given({ import: mode === TrustMode.Adopt ? plainArn(url, args) : undefined }),
        },
      );
      // Known at preview like the URN, and what takes it waits for the provider.
      this.arn = pulumi.all([arn, provider.urn]).apply(([built]) => built);
    }
    this.url = pulumi.output(url);
    this.registerOutputs({ arn: this.arn, url: this.url });
  }

  private arnOf(url: string, { accountId, partition }: AwsOidcProviderArgs): pulumi.Output<string> {
    const account =
      accountId === undefined
        ? aws.getCallerIdentityOutput({}, { parent: this }).accountId
        : checked(accountId, checkAccount, this);
    const part =
      partition === undefined
        ? aws.getPartitionOutput({}, { parent: this }).partition
        : checked(partition, checkPartition, this);
    return pulumi.all([part, account]).apply(([known, id]) => providerArn(known, id, withoutScheme(url)));
  }

  /** Reads the provider, which fails where there is none, and yields its ARN once it is seen to fit. */
  private find(
    name: string,
    { url, arn, audiences }: { url: string; arn: pulumi.Output<string>; audiences: pulumi.Input<unknown> },
  ): pulumi.Output<string> {
    const found = aws.iam.OpenIdConnectProvider.get(`${name}-existing`, arn, {}, { parent: this });
    return pulumi
      .all([arn, found.clientIdLists, audiences])
      .apply(([built, registered, wanted]) =>
        valueOf(refuseIf(checkRegistered(url, registered, wanted as string[]), built), this),
      );
  }
}

const withoutScheme = (url: string): string => url.replace(/^https:\/\//, '');

/** What an import takes must be plain: the engine asks for it before anything is made. */
function plainArn(url: string, { accountId, partition = DEFAULT_PARTITION }: AwsOidcProviderArgs): string | undefined {
  if (typeof accountId !== 'string' || typeof partition !== 'string') return undefined;
  return providerArn(partition, accountId, withoutScheme(url));
}

function checkWay(mode: TrustMode, args: AwsOidcProviderArgs): Problem[] {
  if (mode === TrustMode.Existing && (args.thumbprints ?? args.tags) !== undefined) {
    return [problem(['mode'], 'one that is managed elsewhere is not changed here', 'leave out thumbprints and tags')];
  }
  if (mode !== TrustMode.Adopt || plainArn('', args) !== undefined) return [];
  return [problem(['accountId'], 'to adopt a provider the account must be given as plain text, and the partition too')];
}
