/** A way to seal private keys, so that a copy of the store alone signs nothing. */

import { type KeyObject } from 'node:crypto';
import { type RecordedKey } from './custody.ts';

/** What a sealed key is bound to. */
export type KeyName = Pick<RecordedKey, 'issuer' | 'kid'>;

export interface Sealer {
  /** Did this sealer seal it, by its looks? */
  holds(handle: string): boolean;
  /** Would it seal it in the same way today? Else a key is sealed again when the operator says so. */
  current(handle: string): Promise<boolean>;
  /** The handle. Throws `IssuerFault`. */
  seal(name: KeyName, privateKey: KeyObject): Promise<string>;
  /** Throws `IssuerFault`: `wrong-sealing-secret` where it was sealed otherwise or for another name. */
  unseal(name: KeyName, handle: string): Promise<KeyObject>;
}
