/**
 * What a component registers of its args: the engine writes all of the state anew at each step, and the children of a component have there
 * what was made of them.
 */

import type * as pulumi from '@pulumi/pulumi';
import { type AdmissionArgs } from '../src/trust/admission.ts';
import { type VaultGrantArgs } from '../src/trust/vault/grant.ts';
import { isPlain } from './resolve.ts';

export const NO_INPUTS: pulumi.Inputs = {};

/** What reviews ask the args for, since no child says it (`src/sources/review/kit-components.ts`). */
export interface Meaning {
  /** Is a whole organization meant? */
  readonly admissions: readonly (pulumi.Input<AdmissionArgs> | undefined)[];
  /** Was the length of sessions chosen? */
  readonly sessionSeconds?: unknown;
  /** Its paths: their policy is not known before the mount is there. */
  readonly grant?: Pick<VaultGrantArgs, 'read' | 'write'> | undefined;
}

/** The args, where they say more than the children do. */
export function inputsOf(args: object, { admissions, sessionSeconds, grant }: Meaning): pulumi.Inputs {
  const isScoped = admissions.some((one) => !isPlain(one) || (one as AdmissionArgs | undefined)?.scope !== undefined);
  const hasPaths = grant?.read !== undefined || grant?.write !== undefined;
  return isScoped || sessionSeconds !== undefined || hasPaths ? { ...args } : NO_INPUTS;
}
