/** What the stacks are tried in: AWS behind its gate, a Vault, issuers with documents of their own, and Pulumi's engine. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CLASSIC, ONA, type GateWorld, roleArn, startGateWorld } from '../sandbox-tests/gate-support.ts';
import { PATH, type Vault, startVault } from '../sandbox-tests/support.ts';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { type PulumiOptions, type Stack, createStack } from '../sandbox/pulumi.ts';
import { type Ran } from '../sandbox/run.ts';

export { CLASSIC, ONA };

export const ACCOUNT = '123456789012';

export interface StackWorld {
  readonly gate: GateWorld;
  readonly vault: Vault;
  readonly pulumi: PulumiOptions;
  /** Environment of a person with credentials for AWS and Vault. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a file beside the catalogs, and returns its path. */
  file(name: string, text: string): string;
  stack(program: string, config: Readonly<Record<string, unknown>>): Promise<Stack>;
  /** One call of Vault's API, below `/v1/`. */
  callVault(method: string, path: string, body?: unknown): Promise<{ status: number; data: Record<string, unknown> }>;
  /** Is the token let in, by the gate or by Vault? */
  tryAt(target: 'aws' | 'vault', role: string, token: string): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startStackWorld(): Promise<StackWorld> {
  const gate = await startGateWorld();
  const { dir } = gate.space;
  for (const folder of ['vault', 'pulumi', 'catalog']) mkdirSync(join(dir, folder));
  const proxy = { HTTPS_PROXY: gate.proxy.url, NO_PROXY: '127.0.0.1,localhost' };
  const vault = await startVault(join(dir, 'vault'), proxy);
  const plugins = pluginPath({ directory: join(dir, 'plugins'), path: PATH, pulumiHomes: [] });
  const env = {
    ...proxy,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: gate.gate.url,
    AWS_CA_BUNDLE: gate.space.file('ca.pem', gate.authority.caPem),
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: vault.token,
  };
  const pulumi = { directory: join(dir, 'pulumi'), path: `${plugins.dir}:${PATH}`, env, passphrase: 'of the test' };
  const callVault: StackWorld['callVault'] = async (method, path, body) => {
    const response = await fetch(`${vault.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': vault.token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as { data?: Record<string, unknown> };
    return { status: response.status, data: answer.data ?? {} };
  };
  return {
    ...{ gate, vault, pulumi, env, callVault },
    file: (name, text) => gate.space.file(join('catalog', name), text),
    stack: (program, config) =>
      createStack(program, { 'aws:region': 'eu-central-1', 'idp-kit:protect': false, ...config }, pulumi),
    tryAt: async (target, role, token) => {
      if (target === 'aws') return (await gate.assume(token, { RoleArn: roleArn(role) })).status === 200;
      return (await callVault('POST', 'auth/jwt/login', { role, jwt: token })).status === 200;
    },
    stop: async () => {
      await vault.stop();
      await gate.stop();
    },
  };
}

/** What it wrote, where it ended well. */
export function done({ status, stdout, stderr }: Ran): string {
  if (status !== 0) throw new Error(`pulumi ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

export interface Step {
  readonly op: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a preview would do, without what stays as it is. */
export async function stepsOf(stack: Stack): Promise<Step[]> {
  const { steps } = JSON.parse(done(await stack.preview('--json'))) as {
    steps: { op: string; urn: string; newState?: { type: string; inputs?: Record<string, unknown> } }[];
  };
  return steps
    .filter(({ op }) => op !== 'same')
    .map(({ op, urn, newState }) => ({
      op,
      type: newState?.type ?? urn.split('::').at(-2)?.split('$').at(-1) ?? '',
      inputs: newState?.inputs ?? {},
    }));
}
