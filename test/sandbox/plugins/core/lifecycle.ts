/** A resource's life: what the engine's calls come down to, for any kind. */
import { canonical, emptyOf, same } from './compare.ts';
import { DEFAULTS } from './check.ts';
import { UNKNOWN, hasUnknown, type Bag, type Kind } from './kind.ts';

export interface Resource {
  readonly id: string;
  readonly state: Bag;
  /** The inputs that would lead to this state. */
  readonly inputs: Bag;
}

export async function create<Api>(kind: Kind<Api>, api: Api, inputs: Bag): Promise<Resource> {
  const id = await kind.create(api, inputs);
  const answer = await kind.read(api, id, inputs);
  if (answer === undefined) throw new Error(`${id} was made, and then could not be read`);
  return { id, state: settle(kind, answer, inputs), inputs };
}

export async function update<Api>(kind: Kind<Api>, api: Api, id: string, olds: Bag, news: Bag): Promise<Bag> {
  if (kind.update === undefined) throw new Error(`${id} cannot be updated, only replaced`);
  await kind.update(api, id, olds, news);
  const answer = await kind.read(api, id, { ...olds, ...news });
  if (answer === undefined) throw new Error(`${id} was updated, and then could not be read`);
  return settle(kind, answer, { ...olds, ...news });
}

/** Reads it again (refresh), or for the first time (import: then `state` and `inputs` are empty). */
export async function read<Api>(
  kind: Kind<Api>,
  api: Api,
  id: string,
  { state, inputs }: { state: Bag; inputs: Bag },
): Promise<Resource | undefined> {
  const answer = await kind.read(api, id, state);
  if (answer === undefined) return undefined;
  const settled = settle(kind, answer, state);
  return {
    id,
    state: settled,
    inputs: Object.keys(inputs).length > 0 ? follow(inputs, settled) : derive(kind, settled),
  };
}

/** What an update or a creation is going to yield, as far as it can be said before it runs. */
export function foresee<Api>(kind: Kind<Api>, olds: Bag, news: Bag): Bag {
  const state: Bag = {};
  for (const [name, property] of Object.entries(kind.properties)) {
    const mayAnswer = property.output === true || property.computed === true;
    const value = news[name] ?? (mayAnswer ? (olds[name] ?? UNKNOWN) : undefined);
    if (value !== undefined) state[name] = value;
  }
  return state;
}

/** The API's answer, in the spelling the program used where both mean the same. */
function settle<Api>(kind: Kind<Api>, answer: Bag, preferred: Bag): Bag {
  const state: Bag = {};
  for (const [name, property] of Object.entries(kind.properties)) {
    const [read, wish] = [property.unread === true ? preferred[name] : answer[name], preferred[name]];
    const value = wish !== undefined && !hasUnknown(wish) && same(property, read, wish) ? wish : read;
    if (value !== undefined) state[name] = value;
  }
  return state;
}

/** At refresh only what the program had given follows the state; the rest shows as a difference of the state itself. */
function follow(inputs: Bag, state: Bag): Bag {
  const result: Bag = {};
  for (const [name, value] of Object.entries(inputs)) {
    const now = name === DEFAULTS ? value : state[name];
    if (now !== undefined) result[name] = now;
  }
  return result;
}

/** At import: every input that is not what it would be anyway. */
function derive<Api>(kind: Kind<Api>, state: Bag): Bag {
  const inputs: Bag = { [DEFAULTS]: [] };
  for (const [name, property] of Object.entries(kind.properties)) {
    const value = state[name];
    if (value === undefined || property.output === true) continue;
    if (property.required !== true && canonical(value) === canonical(property.default ?? emptyOf(property))) continue;
    inputs[name] = value;
  }
  return inputs;
}
