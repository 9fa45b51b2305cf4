/** Questions about sets of an issuer's tokens. What cannot be decided is kept, and reported. */

import { type TokenSpace } from '../trust/tokens/space.ts';
import { type Witness, solve } from '../trust/tokens/solve.ts';
import { type TokenSet, all, any, not } from '../trust/tokens/token-set.ts';
import { type KnownIssuer } from './spaces.ts';
import {
  type Level,
  type Marker,
  markersOf,
  sameAs,
  tokensBeginning,
  tokensOfTenant,
  unknownMarkers,
} from './tenants.ts';

/** A policy that takes more states than this is not decided: the widest of those that people write takes some hundreds. */
const STATE_BOUND = 20_000;

/** The ways to make a token of a set: what asks for less of it need not try the others. */
interface Ways {
  readonly space: TokenSpace;
  readonly shortest: Witness | undefined;
}

export class Questions {
  readonly issuer: KnownIssuer;
  /** Why something is not decided. */
  readonly undecided = new Set<string>();
  readonly #claims: readonly string[];
  readonly #markers = new Map<Level, readonly Marker[]>();
  readonly #spread = new Map<TokenSet, Map<string, Witness | undefined>>();
  readonly #ways = new Map<TokenSet, Ways>();

  /** @param claims by which tokens of an issuer without a profile are told apart */
  constructor(issuer: KnownIssuer, claims: readonly string[]) {
    this.issuer = issuer;
    this.#claims = claims;
  }

  /** A shortest token that is in all of the sets; undefined where there is none, or that is not decided. */
  find(set: TokenSet, ...further: readonly TokenSet[]): Witness | undefined {
    const { space, shortest } = this.#waysTo(set);
    return further.length > 0 ? this.#solve(space, all(set, ...further)) : shortest;
  }

  /**
   * A token of one more tenant (or workload) than the set can pin by so many values; undefined where there is none. Whoever is
   * pinned is named by a value, so that tokens that differ in everything by which tenants are told apart soon come to an end.
   */
  spread(set: TokenSet, level: Level, values: number): Witness | undefined {
    const known = this.#spread.get(set) ?? new Map<string, Witness | undefined>();
    this.#spread.set(set, known);
    const key = `${level} ${values}`;
    if (known.has(key)) return known.get(key);
    const found = this.findOther(set, this.classesIn(set, level, values));
    known.set(key, found);
    return found;
  }

  /** A token of the set that is in none of the classes. */
  findOther(set: TokenSet, classes: readonly TokenSet[]): Witness | undefined {
    return classes.length === 0 ? this.find(set) : this.find(set, not(any(...classes)));
  }

  /** A token of the set that is of none of the tenants, which go by any name or id that tokens have of theirs. */
  findForeign(set: TokenSet, tenants: readonly string[]): Witness | undefined {
    const { profiles } = this.issuer;
    return this.findOther(
      set,
      tenants.map((tenant) =>
        profiles.length > 0 ? tokensOfTenant(profiles, tenant) : tokensBeginning(this.#claims, tenant),
      ),
    );
  }

  /** The tenants, or workloads, of which the set has tokens: no more than so many. */
  classesIn(set: TokenSet, level: Level, limit: number): readonly TokenSet[] {
    const seen: TokenSet[] = [];
    while (seen.length < limit) {
      const witness = this.findOther(set, seen);
      if (witness === undefined) break;
      seen.push(sameAs(this.#markersOf(level), this.issuer.profiles, witness));
    }
    return seen;
  }

  #solve(space: TokenSpace, set: TokenSet): Witness | undefined {
    const answer = solve(space, set, { bound: STATE_BOUND });
    if (answer.kind === 'unknown') this.undecided.add(answer.why);
    return answer.kind === 'witness' ? answer.witness : undefined;
  }

  #waysTo(set: TokenSet): Ways {
    const known = this.#ways.get(set);
    if (known !== undefined) return known;
    const answers = this.issuer.space.map((one) => ({ one, answer: solve([one], set, { bound: STATE_BOUND }) }));
    // What was not decided of a set is decided of none of its parts: it is said once, and is not tried again.
    for (const { answer } of answers) if (answer.kind === 'unknown') this.undecided.add(answer.why);
    const found = answers.flatMap(({ one, answer }) => (answer.kind === 'witness' ? [{ one, ...answer }] : []));
    const [shortest] = found.toSorted((left, right) => left.cost - right.cost);
    const ways = { space: found.map(({ one }) => one), shortest: shortest?.witness };
    this.#ways.set(set, ways);
    return ways;
  }

  #markersOf(level: Level): readonly Marker[] {
    const { profiles } = this.issuer;
    const known =
      this.#markers.get(level) ??
      (profiles.length === 0 ? unknownMarkers(this.#claims, level) : markersOf(profiles, level));
    this.#markers.set(level, known);
    return known;
  }
}
