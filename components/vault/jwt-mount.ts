/** Vault's JWT auth method for one issuer: its keys, its name, one algorithm. */

import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { readIssuer } from '../../src/claims/issuer.ts';
import { type Problem, problem } from '../../src/claims/problem.ts';
import { type IssuerProfile } from '../../src/claims/profile.ts';
import { suggest } from '../../src/claims/suggest.ts';
import { checkKeysUrl } from '../../src/claims/url.ts';
import { compileVaultMount } from '../../src/trust/vault/compile.ts';
import { type IssuerArgs, ISSUER_ARGS, TrustMode, checkMode, issuerConfig } from '../args.ts';
import { type ArgTable, checkArgs, checked, given, outputOf, refuseIf, valueOf } from '../resolve.ts';
import { NO_INPUTS } from '../told.ts';
import { checkNamespace, checkPath } from './namespace.ts';

/** Whether Vault names the mount to those who are not logged in. */
export const VaultListingVisibility = { Hidden: 'hidden', Unauth: 'unauth' } as const;
export type VaultListingVisibility = (typeof VaultListingVisibility)[keyof typeof VaultListingVisibility];

/** Tuning of the mount. Whatever is left out is set as well: else what Vault fills in shows as drift. */
export interface VaultMountTuneArgs {
  /** Life of tokens of a role that sets none. @default `15m`, where Vault's own is 768 hours */
  defaultLeaseTtl?: pulumi.Input<string>;
  /** Longest life of a token of this mount. @default `768h`, Vault's own; roles are what bounds it */
  maxLeaseTtl?: pulumi.Input<string>;
  /** `hidden`, or `unauth` for the login page of Vault's UI. @default `hidden` */
  listingVisibility?: VaultListingVisibility;
  /** Keys of requests that audit devices write in the clear: `role` is useful, `jwt` is a credential. @default none */
  auditNonHmacRequestKeys?: string[];
  /** Keys of answers that audit devices write in the clear. @default none */
  auditNonHmacResponseKeys?: string[];
  /** Headers of requests that reach the auth method. @default none */
  passthroughRequestHeaders?: string[];
  /** Headers that the auth method may answer with. @default none */
  allowedResponseHeaders?: string[];
}

export interface VaultJwtMountArgs {
  /** The issuer to trust. It must be live, unless `publicKeys` are given: Vault contacts it when the mount is configured. */
  issuer: IssuerArgs;
  /** `create`; `adopt` for a mount that is there and shall be managed here; `existing` for one that stays another's. @default `create` */
  mode?: TrustMode;
  /** Path of the mount under `auth/`. @default `jwt` */
  path?: pulumi.Input<string>;
  /** Where the keys are, instead of where discovery says. https. @default by discovery, where the issuer has it */
  jwksUrl?: string;
  /** The keys themselves, PEM, for an issuer that Vault cannot reach; a rotation then is an update here. @default fetched */
  publicKeys?: pulumi.Input<pulumi.Input<string>[]>;
  /** PEM of the CA of an issuer that is not publicly trusted. @default the CAs of Vault's machine */
  caPem?: pulumi.Input<string>;
  /** What the mount is for. @default the issuer */
  description?: pulumi.Input<string>;
  /** Tuning of the mount. */
  tune?: VaultMountTuneArgs;
  /** The role of a login that names none: whoever forgets to name one gets this. @default none: such a login is refused */
  dangerouslyDefaultRole?: pulumi.Input<string>;
  /** Namespace of Vault Enterprise or HCP. @default that of the provider */
  namespace?: pulumi.Input<string>;
  /**
   * Refuse to delete or replace it: with the mount go its roles, its entities, and the accessor that templated policies name. Take it
   * away in an update of its own before `pulumi destroy`. @default true
   */
  protect?: boolean;
}

const ARGS: ArgTable<VaultJwtMountArgs> = {
  issuer: 'required',
  mode: 'optional',
  path: 'optional',
  jwksUrl: 'optional',
  publicKeys: 'optional',
  caPem: 'optional',
  description: 'optional',
  tune: 'optional',
  dangerouslyDefaultRole: 'optional',
  namespace: 'optional',
  protect: 'optional',
};

const TUNE_ARGS: ArgTable<VaultMountTuneArgs> = {
  defaultLeaseTtl: 'optional',
  maxLeaseTtl: 'optional',
  listingVisibility: 'optional',
  auditNonHmacRequestKeys: 'optional',
  auditNonHmacResponseKeys: 'optional',
  passthroughRequestHeaders: 'optional',
  allowedResponseHeaders: 'optional',
};

const DEFAULT_PATH = 'jwt';
const DEFAULT_LEASE = '15m';
const MAX_LEASE = '768h';

/** A JWT auth mount. `bound_issuer` is always set: Vault does not infer it. Source: Vault API, JWT auth: configure. */
export class VaultJwtMount extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:VaultJwtMount';
  /** Path of the mount under `auth/`. */
  readonly path: pulumi.Output<string>;
  /** Accessor of the mount, which templated policies name. */
  readonly accessor: pulumi.Output<string>;

  constructor(name: string, args: VaultJwtMountArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VaultJwtMount.__pulumiType, name, NO_INPUTS, opts);
    checkArgs(args, ARGS, this);
    checkArgs(args.issuer, ISSUER_ARGS, this, 'issuer');
    checkArgs(args.tune ?? {}, TUNE_ARGS, this, 'tune');
    const issuer = valueOf(readIssuer(issuerConfig(args.issuer)), this);
    const { description, dangerouslyDefaultRole: defaultRole, mode = TrustMode.Create } = args;
    valueOf(refuseIf([...checkMode(mode), ...checkWay(mode, args), ...checkSources(args)], undefined), this);
    const path = checked(args.path ?? DEFAULT_PATH, (value) => checkPath(value, 'path'), this);
    const namespace = checkNamespace(args.namespace, this);
    if (mode === TrustMode.Existing) {
      const found = vault.jwt.AuthBackend.get(`${name}-existing`, path, given({ namespace }), { parent: this });
      this.path = outputOf(path);
      this.accessor = pulumi
        .all([found.accessor, found.boundIssuer, found.jwtSupportedAlgs])
        .apply(([accessor, bound, algorithms]) =>
          valueOf(refuseIf(checkExisting(issuer, bound, algorithms), accessor), this),
        );
    } else {
      const backend = new vault.jwt.AuthBackend(
        `${name}-mount`,
        {
          type: 'jwt',
          path,
          description: description ?? `Workload tokens of ${issuer.issuer}`,
          ...keysOf(issuer, args, this),
          tune: tuneOf(args, this),
          ...given({ defaultRole, namespace }),
        },
        {
          parent: this,
          protect: args.protect ?? opts?.protect ?? true,
          ...given({ import: mode === TrustMode.Adopt ? plainPath(args) : undefined }),
        },
      );
      this.path = backend.path.apply((value) => value ?? DEFAULT_PATH);
      this.accessor = backend.accessor;
    }
    this.registerOutputs({ path: this.path, accessor: this.accessor });
  }
}

function plainPath({ path = DEFAULT_PATH }: VaultJwtMountArgs): string | undefined {
  return typeof path === 'string' ? path : undefined;
}

function checkWay(mode: TrustMode, args: VaultJwtMountArgs): Problem[] {
  if (mode === TrustMode.Adopt && plainPath(args) === undefined) {
    return [problem(['path'], 'to adopt a mount its path must be given as plain text')];
  }
  if (mode !== TrustMode.Existing) return [];
  const changes = (['jwksUrl', 'publicKeys', 'caPem', 'description', 'tune', 'dangerouslyDefaultRole'] as const).filter(
    (name) => args[name] !== undefined,
  );
  return changes.map((name) =>
    problem([name], 'a mount that is managed elsewhere is not changed here', 'leave it out'),
  );
}

/** A mount without `bound_issuer` takes tokens of whoever its keys belong to, and roles here are bound for one issuer. */
export function checkExisting(
  { issuer, algorithms: [algorithm = ''] }: IssuerProfile,
  bound = '',
  algorithms: readonly string[] = [],
): Problem[] {
  const path = ['mode'];
  return [
    ...(bound === issuer
      ? []
      : [problem(path, `the mount that is there is bound to the issuer \`${bound}\`, and not to \`${issuer}\``)]),
    ...(algorithms.length === 1 && algorithms[0] === algorithm
      ? []
      : [
          problem(
            path,
            `the mount that is there takes ${algorithms.join(', ') || 'any algorithm'}, and the issuer signs with ${algorithm}`,
            'have whoever manages it pin `jwt_supported_algs`',
          ),
        ]),
  ];
}

/** Exactly one source of keys (Vault API, JWT auth), with one algorithm, for one issuer. */
function keysOf(issuer: IssuerProfile, { jwksUrl, publicKeys, caPem }: VaultJwtMountArgs, resource: pulumi.Resource) {
  const { boundIssuer, jwtSupportedAlgs, ...own } = compileVaultMount(issuer);
  const bound = { boundIssuer, jwtSupportedAlgs };
  if (publicKeys !== undefined) {
    const keys = checked(publicKeys, (list) => checkPublicKeys(list as string[]), resource);
    return { ...bound, jwtValidationPubkeys: keys };
  }
  const source = jwksUrl === undefined ? own : { jwksUrl };
  const ca = 'jwksUrl' in source ? { jwksCaPem: caPem } : { oidcDiscoveryCaPem: caPem };
  return { ...bound, ...source, ...given(ca) };
}

function checkSources({ jwksUrl, publicKeys, caPem, tune = {} }: VaultJwtMountArgs): Problem[] {
  const visibilities: readonly string[] = Object.values(VaultListingVisibility);
  const { listingVisibility: listing } = tune;
  return [
    ...(jwksUrl !== undefined && publicKeys !== undefined
      ? [problem(['publicKeys'], 'keys come from one place: `jwksUrl` is given as well', 'leave one of them out')]
      : []),
    ...(jwksUrl === undefined ? [] : checkKeysUrl(jwksUrl, ['jwksUrl'])),
    ...(publicKeys !== undefined && caPem !== undefined
      ? [problem(['caPem'], 'with `publicKeys` nothing is fetched, so there is no CA to trust')]
      : []),
    ...(listing === undefined || visibilities.includes(listing)
      ? []
      : [
          problem(
            ['tune', 'listingVisibility'],
            `there is no visibility \`${listing}\``,
            suggest(listing, visibilities),
          ),
        ]),
  ];
}

/** What is wrong with a key is said without the key: it could be the private one. */
function checkPublicKeys(keys: readonly string[]): Problem[] {
  const path = ['publicKeys'];
  if (keys.length === 0) return [problem(path, 'there is no key, so no token could be verified')];
  return keys.flatMap((pem, index) => {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
      return [problem([...path, index], 'this is a private key', 'give its public half: openssl pkey -pubout')];
    }
    return /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem)
      ? []
      : [problem([...path, index], 'this is no public key in PEM', '-----BEGIN PUBLIC KEY-----')];
  });
}

const DURATION = /^(?:[0-9]+[hms])+$/;

function checkDuration(name: string) {
  return (text: string): Problem[] =>
    DURATION.test(text) ? [] : [problem(['tune', name], `\`${text}\` is no duration`, 'write 15m, 1h30m or 3600s')];
}

function tuneOf({ tune = {} }: VaultJwtMountArgs, resource: pulumi.Resource) {
  const duration = (name: string, value: pulumi.Input<string>) => checked(value, checkDuration(name), resource);
  return {
    defaultLeaseTtl: duration('defaultLeaseTtl', tune.defaultLeaseTtl ?? DEFAULT_LEASE),
    maxLeaseTtl: duration('maxLeaseTtl', tune.maxLeaseTtl ?? MAX_LEASE),
    listingVisibility: tune.listingVisibility ?? VaultListingVisibility.Hidden,
    // Roles say what they hand out; of a mount this is the default alone.
    tokenType: 'default-service',
    auditNonHmacRequestKeys: tune.auditNonHmacRequestKeys ?? [],
    auditNonHmacResponseKeys: tune.auditNonHmacResponseKeys ?? [],
    passthroughRequestHeaders: tune.passthroughRequestHeaders ?? [],
    allowedResponseHeaders: tune.allowedResponseHeaders ?? [],
  };
}
