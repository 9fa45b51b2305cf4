/** One project, several stacks: the first word of the stack's name says what it provisions. */

import * as pulumi from '@pulumi/pulumi';
import { planOf } from './plan.ts';

/** `aws`, `aws-production`, `vault-eu`: the program before the first hyphen, loaded only when it is the one. */
const PROGRAMS = {
  aws: async () => (await import('./aws.ts')).awsStack,
  vault: async () => (await import('./vault.ts')).vaultStack,
} as const;

const stack = pulumi.getStack();
const program = stack.split('-')[0] ?? stack;

if (!Object.hasOwn(PROGRAMS, program)) {
  const offered = Object.keys(PROGRAMS).join(', ');
  throw new pulumi.RunError(
    `the stack ${stack} has no program: its name begins with one of ${offered}, e.g. pulumi stack init aws-production`,
  );
}
const run = await PROGRAMS[program as keyof typeof PROGRAMS]();

export const outputs = await run(planOf(new pulumi.Config('idp-kit').require('catalog')));
