/** The real Pulumi engine with moto for AWS, and a program that is one `TokenIssuer`. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ECS } from '@aws-sdk/client-ecs';
import { Route53 } from '@aws-sdk/client-route-53';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { startMoto } from '../../sandbox/aws/moto.ts';
import { pluginPath } from '../../sandbox/plugins/select.ts';
import { PATH, type Run, startProject, workspace } from '../../sandbox-tests/support.ts';
import { type Front, startFront } from './front.ts';

export const REGION = 'eu-central-1';
const KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface State {
  readonly text: string;
  readonly resources: readonly Resource[];
  readonly of: (type: string) => readonly Resource[];
  /** The outputs of the one of this type and name. */
  readonly outputs: (type: string, name: string) => Readonly<Record<string, unknown>>;
}

export interface Cloud {
  readonly dir: string;
  readonly front: Front;
  /** Options of any client of the SDK. */
  readonly client: { readonly endpoint: string; readonly region: string; readonly credentials: typeof KEYS };
  readonly ecs: ECS;
  readonly secrets: SecretsManager;
  /** The hosted zone of example.com. */
  readonly zoneId: string;
  /** @param args of the component, as an expression of TypeScript's, in which `pulumi` is known */
  readonly program: (args: string) => void;
  readonly pulumi: (...args: string[]) => Promise<Run>;
  /** And has to succeed. */
  readonly must: (...args: string[]) => Promise<string>;
  readonly state: () => Promise<State>;
  readonly stop: () => Promise<void>;
}

export async function startCloud(): Promise<Cloud> {
  const space = workspace();
  const { dir } = space;
  const home = join(dir, 'home');
  mkdirSync(home);
  const moto = await startMoto({ path: PATH, home });
  const front = await startFront(moto.url);
  const plugins = pluginPath({ directory: join(dir, 'plugins'), path: '', pulumiHomes: [] });
  const project = await startProject(dir, {
    PATH: `${plugins.dir}:${PATH}`,
    HOME: home,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: front.url,
  });
  const client = { endpoint: moto.url, region: REGION, credentials: KEYS };
  const zone = await new Route53(client).createHostedZone({ Name: 'example.com', CallerReference: 'test' });
  const must = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await project.pulumi(...args);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };
  return {
    dir,
    front,
    client,
    ecs: new ECS(client),
    secrets: new SecretsManager(client),
    zoneId: zone.HostedZone?.Id?.replace('/hostedzone/', '') ?? '',
    program: (args) => {
      project.program(PROGRAM.replace('ARGS', () => args));
    },
    pulumi: (...args) => project.pulumi(...args),
    must,
    state: async () => stateOf(await must('stack', 'export')),
    stop: async () => {
      await front.stop();
      await moto.stop();
      space.remove();
    },
  };
}

const COMPONENT = resolve(import.meta.dirname, '../../../components/issuer/token-issuer.ts');

const PROGRAM = `
import * as pulumi from '@pulumi/pulumi';
import { TokenIssuer } from ${JSON.stringify(COMPONENT)};
const issuer = new TokenIssuer('tokens', ARGS);
export const { url, jwksUri, adminUrl, repositoryUrl, clusterName, serviceName } = issuer;
export const { logGroupName, keyArns, secretArns, documentsBucket } = issuer;
`;

function stateOf(text: string): State {
  // After a destroy there are none at all.
  const { resources = [] } = (JSON.parse(text) as { deployment: { resources?: Resource[] } }).deployment;
  const of = (type: string) => resources.filter((one) => one.type === type);
  return {
    text,
    resources,
    of,
    outputs: (type, name) => {
      const found = of(type).find(({ urn }) => urn.endsWith(`::${name}`));
      if (found === undefined) throw new Error(`the state has no ${type} ${name}`);
      return found.outputs ?? {};
    },
  };
}
