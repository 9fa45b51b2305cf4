/** The configuration of this stack, as Pulumi has it. */

import * as pulumi from '@pulumi/pulumi';
import { type Settings, readSettings } from './settings.ts';
import { valueOrEnd } from './refusal.ts';

const NAMESPACE = 'idp-kit:';

/** Values that are no text by their type in Pulumi.yaml; Pulumi hands every value out as text. */
const JSON_KEYS: readonly string[] = ['notCheckedFromHere', 'protect', 'issuer'];

/** Whoever needs one reads it as a secret. */
const SECRETS: readonly string[] = ['issuerDatabaseUrl'];

export function settingsOfStack(): Settings {
  const given = Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]): [string, unknown][] => {
    if (!key.startsWith(NAMESPACE)) return [];
    const name = key.slice(NAMESPACE.length);
    if (SECRETS.includes(name)) return [];
    return [[name, JSON_KEYS.includes(name) ? parsed(value) : value]];
  });
  return valueOrEnd(readSettings(Object.fromEntries(given)), `the configuration of ${pulumi.getStack()} is wrong`);
}

/** What is no JSON is refused as what it should have been. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
