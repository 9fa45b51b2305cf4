/** What holds for the stacks themselves: nothing changes the second time, and nothing stays after `destroy`. */
import { ListOpenIDConnectProvidersCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { type Sandbox } from '../sandbox.ts';
import { type Line } from '../scenario.ts';
import { line, oneLine } from './lines.ts';

const text = { seed: 'all', token: 'environment', expected: 'admitted' } as const;

export const checkStacks: Line = line(
  { ...text, scenario: 'a second pulumi up changes nothing' },
  async ({ stacks }) => {
    const results = await Promise.all([stacks.aws.up('--expect-no-changes'), stacks.vault.up('--expect-no-changes')]);
    const failed = results.find(({ status }) => status !== 0);
    if (failed !== undefined) return { admitted: false, detail: oneLine(failed.stdout + failed.stderr).slice(-400) };
    const counts = await Promise.all([stacks.aws.resources(), stacks.vault.resources()]);
    return { admitted: true, detail: `${counts.map((resources) => resources.length).join(' + ')} resources unchanged` };
  },
);

/** Everything at AWS and Vault that the stacks could have left behind. */
async function leftBehind({ aws, vault, stacks }: Sandbox): Promise<string[]> {
  const [roles, providers, mounts, policies] = await Promise.all([
    aws.iam.send(new ListRolesCommand({})),
    aws.iam.send(new ListOpenIDConnectProvidersCommand({})),
    vault.call('GET', 'sys/auth'),
    vault.call('GET', 'sys/policies/acl?list=true'),
  ]);
  const states = await Promise.all([stacks.aws.resources(), stacks.vault.resources()]);
  return [
    ...(roles.Roles ?? []).map(({ RoleName }) => `role ${String(RoleName)}`),
    ...(providers.OpenIDConnectProviderList ?? []).map(({ Arn }) => String(Arn)),
    ...Object.keys(mounts.data).filter((mount) => mount.startsWith('jwt')),
    ...((policies.data.keys as string[] | undefined) ?? []).filter((name) => name.startsWith('idp-')),
    ...states.flat(),
  ];
}

export const destroyStacks: Line = line({ ...text, scenario: 'pulumi destroy leaves nothing' }, async (sandbox) => {
  const results = await Promise.all([sandbox.stacks.aws.destroy(), sandbox.stacks.vault.destroy()]);
  const failed = results.find(({ status }) => status !== 0);
  if (failed !== undefined) return { admitted: false, detail: oneLine(failed.stdout + failed.stderr).slice(-400) };
  const left = await leftBehind(sandbox);
  return {
    admitted: left.length === 0,
    detail: left.length === 0 ? 'no role, provider, mount or policy' : left.join(', '),
  };
});
