import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { runLine } from '../sandbox/scenario.ts';
import { LINES } from '../sandbox/scenarios/index.ts';
import { checkStacks, destroyStacks } from '../sandbox/scenarios/stacks.ts';

let sandbox: Sandbox | undefined;

const running = (): Sandbox => {
  if (sandbox === undefined) throw new Error('the sandbox is not up');
  return sandbox;
};

beforeAll(async () => {
  sandbox = await startSandbox({ progress: () => undefined, now: () => new Date() });
});

afterAll(async () => {
  await sandbox?.stop();
});

describe('the five documents', () => {
  it.each(LINES.map((line) => [`${line.seed}: ${line.scenario} (${line.token}) is ${line.expected}`, line] as const))(
    '%s',
    async (_, line) => {
      const { happened, detail } = await runLine(line, running());
      expect({ happened, detail }).toEqual({
        happened: line.expected,
        detail: expect.stringContaining(line.because ?? '') as string,
      });
    },
  );
});

describe('the issuer', () => {
  it('keeps keys and registrations over a restart', async () => {
    const { issuer, vault } = running();
    const before = await issuer.token('job on main');
    await issuer.restart();
    const after = await issuer.token('job on main');
    for (const jwt of [before, after]) {
      const login = await vault.call('POST', 'auth/jwt-gitlab/login', { role: 'myproject-staging', jwt }, '');
      expect(login.errors).toEqual([]);
    }
    const kids = [before, after].map((jwt) => Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString());
    expect(kids[0]).toBe(kids[1]);
  });
});

describe('the stacks', () => {
  it.each([checkStacks, destroyStacks])('$scenario', async (line) => {
    expect(await runLine(line, running())).toMatchObject({ happened: line.expected, ok: true });
  });
});
