// `--profile`: what tokens look like where nothing else tells.
import { type ProfileName, PROFILE_NAMES } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { badInput } from './usage.ts';

export const PROFILE_OPTION = `what tokens look like where the issuer's host does not tell: ${PROFILE_NAMES.join(', ')}`;

export function profileNamed(name: string | undefined): ProfileName | undefined {
  if (name === undefined) return undefined;
  const found = PROFILE_NAMES.find((one) => one === name);
  if (found === undefined) throw badInput(`there is no profile ${name}`, `--profile: ${suggest(name, PROFILE_NAMES)}`);
  return found;
}
