/** Which properties changed, and whether that updates or replaces. */
import { isGiven } from './check.ts';
import { same } from './compare.ts';
import { hasUnknown, type Bag, type Json, type Kind, type Property } from './kind.ts';

export interface Change {
  readonly name: string;
  readonly kind: 'add' | 'delete' | 'update';
  readonly replace: boolean;
}

export interface Diff {
  readonly changes: readonly Change[];
  /** The new one would have the old one's name: the old one goes first. */
  readonly deleteBeforeReplace: boolean;
}

/** `olds` is the state (what was last read), `news` the checked inputs. */
export function diff<Api>(kind: Kind<Api>, olds: Bag, news: Bag): Diff {
  const changes: Change[] = [];
  for (const [name, property] of Object.entries(kind.properties)) {
    const [before, after] = [olds[name], news[name]];
    if (!differs(property, before, after)) continue;
    const type = before === undefined ? 'add' : after === undefined ? 'delete' : 'update';
    changes.push({ name, kind: type, replace: property.replace === true });
  }
  return { changes, deleteBeforeReplace: changes.some((change) => change.replace) && keepsName(kind, olds, news) };
}

function differs(property: Property, before: Json | undefined, after: Json | undefined): boolean {
  if (property.output === true) return false;
  if (hasUnknown(after)) return true;
  if (after === undefined && property.computed === true) return false;
  return !same(property, before, after);
}

function keepsName<Api>(kind: Kind<Api>, olds: Bag, news: Bag): boolean {
  return Object.entries(kind.properties).some(
    ([name, property]) => isGiven(news, name, property) && news[name] === olds[name],
  );
}
