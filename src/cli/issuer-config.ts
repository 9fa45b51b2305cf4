// What the commands of `idp issuer` have in common: the configuration, and the issuer's faults as failures.
import { WorkloadFailure, type FailureCode } from '../workload/failure.ts';

export interface ConfigOption {
  readonly config: string;
}

export const CONFIG = 'the configuration, YAML or JSON; IDP_ISSUER_CONFIG names it too';

export async function readConfig(file: string) {
  const { describeAllPlaced, readConfigFile } = await import('../serve/config.ts');
  const read = await faultsAsFailures(() => readConfigFile(file));
  if (read.ok) return read.value;
  throw refused(describeAllPlaced(file, read.problems));
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
