/** Vault's JWT auth method for one issuer: its keys, its name, one algorithm. */

import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { readIssuer } from '../../src/claims/issuer.ts';
import { compileVaultMount } from '../../src/trust/vault/compile.ts';
import { type IssuerArgs, issuerConfig } from '../args.ts';
import { valueOf } from '../resolve.ts';

export interface VaultJwtMountArgs {
  /** The issuer to trust. It must be live: Vault contacts it when the mount is configured. */
  issuer: IssuerArgs;
  /** Path of the mount under `auth/`. @default `jwt` */
  path?: pulumi.Input<string>;
  /** PEM of the CA of an issuer that is not publicly trusted. @default the CAs of Vault's machine */
  caPem?: pulumi.Input<string>;
  /** What the mount is for. @default the issuer */
  description?: pulumi.Input<string>;
  /** Longest life of a token of this mount. @default `768h`, Vault's own; roles are what bounds it */
  maxLeaseTtl?: pulumi.Input<string>;
}

/** Life of tokens of a role that sets none: short, where Vault's own default is 768 hours. */
const DEFAULT_LEASE = '15m';

/** A JWT auth mount. `bound_issuer` is always set: Vault does not infer it. Source: Vault API, JWT auth: configure. */
export class VaultJwtMount extends pulumi.ComponentResource {
  static readonly __pulumiType = 'idp-kit:index:VaultJwtMount';
  /** Path of the mount under `auth/`. */
  readonly path: pulumi.Output<string>;
  /** Accessor of the mount, which templated policies name. */
  readonly accessor: pulumi.Output<string>;

  constructor(name: string, args: VaultJwtMountArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VaultJwtMount.__pulumiType, name, args, opts);
    const issuer = valueOf(readIssuer(issuerConfig(args.issuer)), this);
    const config = compileVaultMount(issuer);
    const ca =
      args.caPem === undefined
        ? {}
        : 'jwksUrl' in config
          ? { jwksCaPem: args.caPem }
          : { oidcDiscoveryCaPem: args.caPem };
    const backend = new vault.jwt.AuthBackend(
      `${name}-mount`,
      {
        type: 'jwt',
        path: args.path ?? 'jwt',
        description: args.description ?? `Workload tokens of ${issuer.issuer}`,
        ...config,
        ...ca,
        // All fields, else what Vault fills in shows as drift.
        tune: {
          defaultLeaseTtl: DEFAULT_LEASE,
          maxLeaseTtl: args.maxLeaseTtl ?? '768h',
          listingVisibility: 'hidden',
          tokenType: 'default-service',
        },
      },
      { parent: this },
    );
    this.path = backend.path.apply((path) => path ?? 'jwt');
    this.accessor = backend.accessor;
    this.registerOutputs({ path: this.path, accessor: this.accessor });
  }
}
