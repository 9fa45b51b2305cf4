/** Several custodies: new keys are made in the first, and every one opens what it holds. */

import { type Custody, type RecordedKey } from '../custody.ts';
import { unheld } from './sealed.ts';

export function severalCustodies(custodies: readonly [Custody, ...Custody[]]): Custody {
  const holderOf = (key: RecordedKey, handle: string): Custody => {
    const found = custodies.find((custody) => custody.holds(handle));
    if (found === undefined) throw unheld(key);
    return found;
  };
  return {
    create: (wanted) => custodies[0].create(wanted),
    holds: (handle) => custodies.some((custody) => custody.holds(handle)),
    open: async (key, handle) => holderOf(key, handle).open(key, handle),
    reseal: async (key, handle) => holderOf(key, handle).reseal(key, handle),
  };
}
