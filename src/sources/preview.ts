/** A preview of Pulumi says what changes: what stays as it is, the state says. */

import { isObject, listAt, memberAt, objectAt, textAt } from './review/json.ts';

export const isPreview = (document: unknown): boolean => Array.isArray(memberAt(document, 'steps'));
export const isState = (document: unknown): boolean => isObject(memberAt(document, 'deployment'));

/** The state as it will be: what no step is about stays. */
export function afterPreview(preview: unknown, states: readonly unknown[]): unknown {
  const steps = listAt(preview, 'steps');
  const touched = new Set(steps.map((step) => textAt(step, 'urn')));
  const stacks = new Set(steps.flatMap((step) => stackOf(textAt(step, 'urn')) ?? []));
  const kept = states
    .flatMap((state) => listAt(objectAt(state, 'deployment'), 'resources'))
    .filter((resource) => {
      const urn = textAt(resource, 'urn');
      return !touched.has(urn) && (stacks.size === 0 || stacks.has(stackOf(urn) ?? ''));
    });
  const made = steps.flatMap((step) => memberAt(step, 'newState') ?? []);
  return { deployment: { resources: [...kept, ...made] } };
}

/** The state as it is, as far as the steps say: all of it where they were made with `--show-sames`. */
export function beforePreview(preview: unknown): unknown {
  const resources = listAt(preview, 'steps').flatMap((step) => memberAt(step, 'oldState') ?? []);
  return { deployment: { resources } };
}

/** Did it end with an error? Then steps may be missing. */
export const isFailed = (preview: unknown): boolean =>
  listAt(preview, 'diagnostics').some((one) => memberAt(one, 'severity') === 'error');

/** `urn:pulumi:<stack>::<project>::…` (Pulumi, URNs). */
const stackOf = (urn: string | undefined): string | undefined => urn?.split('::').slice(0, 2).join('::');

/** How many resources it counts and does not show: `pulumi preview --json` leaves out what stays the same. */
export function leftOut(preview: unknown): number {
  const count = memberAt(objectAt(preview, 'changeSummary'), 'same');
  const shown = listAt(preview, 'steps').filter((step) => memberAt(step, 'op') === 'same').length;
  return typeof count === 'number' ? Math.max(0, count - shown) : 0;
}
