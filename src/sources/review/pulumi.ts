/** A stack of Pulumi as `pulumi stack export` prints it, or what `pulumi preview --json` would make of it. */

import { type Resource } from '../../trust/resource.ts';
import { isObject, listAt, memberAt, objectAt, textAt } from './json.ts';
import { type PulumiResource, plainMembers, readPulumiResources } from './pulumi-resources.ts';

/** The resources of a state or preview; undefined where the document is neither. */
export function readPulumi(document: unknown, file: string): readonly Resource[] | undefined {
  const deployment = memberAt(document, 'deployment');
  if (isObject(deployment)) return readStates(listAt(deployment, 'resources'), file);
  const steps = memberAt(document, 'steps');
  if (!Array.isArray(steps)) return undefined;
  const states = steps.map((step) => memberAt(step, 'newState'));
  return readStates(states.filter(isObject), file);
}

function readStates(states: readonly unknown[], file: string): readonly Resource[] {
  // A replacement is there twice: before the old one goes, and as the new one.
  const latest = new Map(
    states
      .filter((state) => memberAt(state, 'delete') !== true)
      .flatMap((state): [string, unknown][] => {
        const urn = textAt(state, 'urn');
        return urn === undefined ? [] : [[urn, state]];
      }),
  );
  const resources = [...latest].map(([urn, state]) => fromState(urn, state));
  return readPulumiResources(resources, (urn) => ({ file, resource: urn.split('::').slice(2).join('::') }));
}

const fromState = (urn: string, state: unknown): PulumiResource => ({
  urn,
  type: textAt(state, 'type') ?? '',
  parent: textAt(state, 'parent'),
  inputs: plainMembers(objectAt(state, 'inputs')),
  outputs: plainMembers(objectAt(state, 'outputs')),
  propertyDependencies: objectAt(state, 'propertyDependencies'),
});
