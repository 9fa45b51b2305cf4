/** The container of the issuer, as ECS takes it: read-only, nobody's root, its secrets by name. */

import { readFileSync } from 'node:fs';
import type * as pulumi from '@pulumi/pulumi';
import { PORTS } from './groups.ts';
import type { IssuerPlan } from './plan.ts';

/** Of the image's Dockerfile. */
const USER = 65532;
const MAIN = '/opt/idp/bin/idp.js';
/** In memory, and the issuer's alone. */
const FILES = '/run/idp';

const launch = (): string => readFileSync(new URL('./launch.mjs', import.meta.url), 'utf8');

export type Environment = Readonly<Record<string, pulumi.Input<string>>>;

export interface ContainerInputs {
  readonly name: string;
  readonly plan: IssuerPlan;
  /** With its digest. */
  readonly image: pulumi.Input<string>;
  readonly environment: Environment;
  /** What ECS reads `IDP_FILE__DATABASE_URL` from. */
  readonly databaseUrl: pulumi.Input<string>;
  readonly logGroup: pulumi.Input<string>;
  readonly region: pulumi.Input<string>;
  /** Of `idp`. */
  readonly command: readonly pulumi.Input<string>[];
  /** Does it serve, or end when it is done? */
  readonly serves: boolean;
}

/** The settings that every process of the issuer has, as variables: docs/issuer.md, "In the environment". */
export function issuerEnvironment(plan: IssuerPlan, trustedProxies: pulumi.Input<string>): Environment {
  const own = `IDP_ISSUER__ISSUERS__${plan.issuerName.replaceAll('-', '_').toUpperCase()}__`;
  const { tokenSha256 } = plan.admin;
  return {
    ...plan.settings,
    // All of it is in the environment: there is no file.
    IDP_ISSUER_CONFIG: '',
    IDP_FILES: FILES,
    IDP_ISSUER__LISTEN__HOST: '0.0.0.0',
    IDP_ISSUER__LISTEN__PORT: String(PORTS.public),
    IDP_ISSUER__LISTEN__TRUSTED_PROXIES: trustedProxies,
    IDP_ISSUER__ADMIN__HOST: '0.0.0.0',
    IDP_ISSUER__ADMIN__PORT: String(PORTS.admin),
    IDP_ISSUER__ADMIN__TRUSTED_PROXIES: JSON.stringify([plan.network.cidr]),
    IDP_ISSUER__ADMIN__TLS__CERT_FILE: `${FILES}/admin.pem`,
    IDP_ISSUER__ADMIN__TLS__KEY_FILE: `${FILES}/admin-key.pem`,
    ...(tokenSha256 === undefined ? {} : { IDP_ISSUER__ADMIN__TOKEN_SHA256: tokenSha256 }),
    IDP_ISSUER__STORE__POSTGRES__URL_FILE: `${FILES}/database-url`,
    ...(plan.database.caPem === undefined
      ? {}
      : {
          IDP_FILE__DATABASE_CA: plan.database.caPem,
          IDP_ISSUER__STORE__POSTGRES__CA_FILE: `${FILES}/database-ca`,
        }),
    [`${own}URL`]: plan.url,
    [`${own}PROFILES`]: JSON.stringify(plan.profiles.map((profile) => ({ profile }))),
    [`${own}ALGORITHM`]: plan.algorithm,
    ...(plan.documents === undefined ? {} : { [`${own}PUBLICATION`]: 'static' }),
  };
}

/** Amazon ECS API reference, ContainerDefinition. */
export function containerDefinition(inputs: ContainerInputs): object {
  const { name, image, environment, databaseUrl, command, serves } = inputs;
  return {
    name,
    image,
    essential: true,
    user: `${USER}:${USER}`,
    readonlyRootFilesystem: true,
    entryPoint: ['node', '--input-type=module', '--eval', launch()],
    command,
    environment: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
    secrets: [{ name: 'IDP_FILE__DATABASE_URL', valueFrom: databaseUrl }],
    linuxParameters: {
      initProcessEnabled: false,
      capabilities: { drop: ['ALL'] },
      tmpfs: [
        {
          containerPath: FILES,
          size: 1,
          mountOptions: ['rw', 'noexec', 'nosuid', 'nodev', 'mode=0700', `uid=${USER}`, `gid=${USER}`],
        },
      ],
    },
    ulimits: [{ name: 'nofile', softLimit: 65_536, hardLimit: 65_536 }],
    logConfiguration: logsTo(inputs),
    ...(serves ? serving() : {}),
  };
}

function serving(): object {
  return {
    portMappings: Object.values(PORTS).map((containerPort) => ({ containerPort, protocol: 'tcp' })),
    // It ends by itself 10 s after SIGTERM at most.
    stopTimeout: 30,
    // That it lives, not that it is ready: without its store it serves the keys on.
    healthCheck: {
      command: ['CMD', 'node', MAIN, 'issuer', 'health'],
      interval: 30,
      timeout: 5,
      retries: 3,
      startPeriod: 60,
    },
  };
}

function logsTo({ name, logGroup, region }: ContainerInputs): object {
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': logGroup,
      'awslogs-region': region,
      'awslogs-stream-prefix': name,
      // Tokens are issued while the logs are down; the audit is in the store.
      mode: 'non-blocking',
      'max-buffer-size': '25m',
    },
  };
}
