/** One project, several stacks: the first word of the stack's name says what it provisions. */

import * as pulumi from '@pulumi/pulumi';
import { type StackInput, selectionOf } from './catalog.ts';
import { settingsOfStack } from './config.ts';
import { ownIssuerUrl } from './own-issuer.ts';
import { type Settings } from './settings.ts';

type Outputs = Readonly<Record<string, unknown>>;
type Program = (settings: Settings) => Promise<Outputs>;

/** A program that provisions what the catalog says. */
const fromCatalog =
  (load: () => Promise<(input: StackInput) => Outputs | Promise<Outputs>>): Program =>
  async (settings) => {
    const selection = selectionOf(settings, await ownIssuerUrl(settings));
    const run = await load();
    return run({ settings, selection });
  };

/** `aws`, `aws-production`, `vault-eu`: the program before the first hyphen, loaded only when it is the one. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  issuer: async (settings) => (await import('./issuer.ts')).issuerStack(settings),
  aws: fromCatalog(async () => (await import('./aws.ts')).awsStack),
  vault: fromCatalog(async () => (await import('./vault.ts')).vaultStack),
  local: fromCatalog(async () => (await import('./local.ts')).localStack),
};

const stack = pulumi.getStack();
const name = stack.split('-')[0] ?? stack;
const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;

if (program === undefined) {
  const offered = Object.keys(PROGRAMS).join(', ');
  throw new pulumi.RunError(
    `the stack ${stack} has no program: its name begins with one of ${offered}, e.g. pulumi stack init aws-production`,
  );
}
/** The outputs of the stack: others refer to `url` of an issuer. */
export default await program(settingsOfStack());
