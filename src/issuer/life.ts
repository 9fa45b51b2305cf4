/** How long tokens live: what is asked for, and the bounds of the profile and the organization. Pure. */

import { type Problem, problem, under } from '../claims/problem.ts';
import { type IssuerProfile, type ProfileName } from '../claims/profile.ts';
import { checkLife } from './profile.ts';
import { type IssuerSettings } from './settings.ts';

/** The part of an organization's token configuration that is about time. Seconds; null: the profile's. */
export interface LifeChoice {
  /** Where the workload has no wish of its own. */
  readonly tokenLifeSeconds: number | null;
  readonly maxTokenLifeSeconds: number | null;
}

/** The workload's wish, else the organization's, else the profile's; never past what both of them allow. */
export function tokenLife({ life }: IssuerProfile, organization: LifeChoice, wish: number | null): number {
  const { tokenLifeSeconds, maxTokenLifeSeconds } = organization;
  return Math.min(wish ?? tokenLifeSeconds ?? life.default, maxTokenLifeSeconds ?? life.max, life.max);
}

/** What is known of a choice; undefined is what could not be read. */
type KnownLife = { readonly [K in keyof LifeChoice]: LifeChoice[K] | undefined };

/** @param profile undefined where it is not known */
export function checkLifeChoice(
  settings: IssuerSettings,
  profile: ProfileName | undefined,
  { tokenLifeSeconds: usual, maxTokenLifeSeconds: max }: KnownLife,
): Problem[] {
  const past = usual != null && max != null && usual > max;
  const hint = 'make it shorter, or `max_token_life_seconds` longer';
  return [
    ...under(['token_life_seconds'], usual == null ? [] : checkLife(settings, profile, usual)),
    ...under(['max_token_life_seconds'], max == null ? [] : checkLife(settings, profile, max)),
    ...(past ? [problem(['token_life_seconds'], `the organization's tokens live at most ${max} seconds`, hint)] : []),
  ];
}

/**
 * A workload's wish.
 * @param organization undefined where it is not known
 */
export function checkWish(
  settings: IssuerSettings,
  profile: ProfileName | undefined,
  organization: LifeChoice | undefined,
  seconds: number,
): Problem[] {
  const max = organization?.maxTokenLifeSeconds ?? Infinity;
  const hint = `ask for ${max} or fewer, or leave it out`;
  return under(
    ['token_life_seconds'],
    [
      ...checkLife(settings, profile, seconds),
      ...(seconds <= max ? [] : [problem([], `the organization's tokens live at most ${max} seconds`, hint)]),
    ],
  );
}
