/** What a diff compares of a document's resources: each target with the tokens that it admits and what it hands out. */

import { type Resource } from '../trust/resource.ts';
import { type TargetVersion } from '../trust/target-diff.ts';

/** Resources of one side. */
export interface Side {
  readonly resources: readonly Resource[];
  /** The beginning of the paths of its files, which differs from the other side's. */
  readonly root: string;
}

/** A target of one side, with what tells it from others. */
export interface Identified<R extends Resource = Resource> {
  readonly key: string;
  /** Is the key a name, and not only a place? */
  readonly named: boolean;
  readonly resource: R;
}

export type Versions = readonly (readonly [TargetVersion | undefined, TargetVersion | undefined])[];

/** The resources of both sides in pairs of one identity. */
export function inPairs<R extends Resource>(
  before: readonly Identified<R>[],
  after: readonly Identified<R>[],
): readonly (readonly [R | undefined, R | undefined])[] {
  const [old, next] = [before[0], after[0]];
  // Of two documents with one of them each, one of which has no name, nothing else can be meant.
  if (before.length === 1 && after.length === 1 && old && next && !(old.named && next.named))
    return [[old.resource, next.resource]];
  const byKey = Map.groupBy(after, ({ key }) => key);
  const kept = before.map(({ key, resource }) => [resource, byKey.get(key)?.shift()?.resource] as const);
  const added = [...byKey.values()].flat().map(({ resource }) => [undefined, resource] as const);
  return [...kept, ...added];
}

export const resourcesOf = <K extends Resource['kind']>({ resources }: Side, kind: K) =>
  resources.filter((one): one is Extract<Resource, { readonly kind: K }> => one.kind === kind);

/** The path of its file within the side: of one file that is compared with another one, nothing. */
export const fileWithin = ({ root }: Side, { place }: Resource): string =>
  place.file.startsWith(root) ? place.file.slice(root.length).replace(/^\/+/, '') : place.file;
