// What the commands of `idp issuer` have in common: the configuration, and the issuer's faults as failures.
import type { Command } from 'commander';
import { setting } from '../workload/environment.ts';
import { WorkloadFailure, type FailureCode } from '../workload/failure.ts';
import type { CliIo } from './io.ts';
import { badInput } from './usage.ts';

export interface ConfigOption {
  readonly config?: string;
}

const CONFIG =
  'the configuration, YAML or JSON; IDP_ISSUER_CONFIG names it too, and variables such as IDP_ISSUER__LISTEN__PORT ' +
  'take the place of its settings';

export function withConfig(io: CliIo, command: Command): Command {
  return command.option('--config <file>', CONFIG, setting(io.env, 'IDP_ISSUER_CONFIG'));
}

/** What a configuration is written in, in words. Throws where there is none at all. */
export async function demandSources({ env }: CliIo, file: string | undefined): Promise<string> {
  const { misspeltIn, variablesIn } = await import('../serve/environment/variables.ts');
  const count = variablesIn(env).length + misspeltIn(env).length;
  if (file === undefined && count === 0) {
    throw badInput(
      'no configuration is named',
      'Pass --config, set IDP_ISSUER_CONFIG, or give all settings as variables such as IDP_ISSUER__LISTEN__PORT.',
    );
  }
  if (file === undefined) return 'the environment';
  return count === 0 ? file : `${file} with ${count} variable${count === 1 ? '' : 's'} of the environment`;
}

export async function readConfig(io: CliIo, { config: file }: ConfigOption) {
  const { describeAllPlaced, readConfigFile } = await import('../serve/config.ts');
  await demandSources(io, file);
  const read = await faultsAsFailures(() => readConfigFile(file, io.env));
  if (read.ok) return read.value;
  throw refused(describeAllPlaced(file, read.problems));
}

/** By which the Internet is reached; undefined where it is reached without. */
export async function readProxy({ env }: CliIo) {
  const { readProxy: read } = await import('../serve/fetch/proxy.ts');
  return faultsAsFailures(() => read(env));
}

export function refused(problems: string): WorkloadFailure {
  return new WorkloadFailure('bad-input', problems, 'Correct the configuration, and check it with: idp issuer check');
}

/** Faults that pass by themselves. At the start of an issuer all are of its setup. */
const PASSING: ReadonlySet<string> = new Set([
  'kms-unavailable',
  'publish-contended',
  'ring-contended',
  'store-unavailable',
  'target-unavailable',
]);

/** @param passing the code of faults that pass by themselves */
export async function faultsAsFailures<T>(run: () => T | Promise<T>, passing: FailureCode = 'bad-input'): Promise<T> {
  const { IssuerFault } = await import('../store/fault.ts');
  try {
    return await run();
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault)) throw thrown;
    const code = PASSING.has(thrown.code) ? passing : 'bad-input';
    throw new WorkloadFailure(code, thrown.message, thrown.hint, { cause: thrown });
  }
}
