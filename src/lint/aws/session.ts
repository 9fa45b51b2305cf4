/** Sessions that outlive what made them, without anything that caps them. */

import { type AwsRole } from '../../trust/resource.ts';
import { type Found, type RuleText } from '../rule.ts';

export const sessionText: RuleText = {
  id: 'aws-session',
  severity: 'low',
  title: 'sessions over an hour, not declared, and no permissions boundary',
  reason: 'credentials that leak stay good for as long as the session, whatever becomes of the token or the role',
  fix: 'set the maximum session to 3600 seconds or a permissions boundary, or declare `session` in the catalog',
};

const HOUR = 3600;

export function findSession({ session, boundary, declared }: AwsRole): Found[] {
  if (typeof session !== 'number' || session <= HOUR || declared?.session === true) return [];
  if (boundary !== undefined && boundary !== '') return [];
  return [{ message: `sessions last up to ${session} s, and no boundary caps them`, path: 'maximum session' }];
}
