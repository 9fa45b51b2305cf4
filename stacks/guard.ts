/** Trust is written once the issuer answers, and not before: Vault asks it at once, and AWS at the first login. */

import process from 'node:process';
import * as pulumi from '@pulumi/pulumi';
import { type PlannedIssuer } from '../src/catalog/planned.ts';
import { type Http, createHttp } from '../src/workload/http.ts';
import { whyNotLive } from './discovery.ts';
import { refusal } from './refusal.ts';
import { type Settings } from './settings.ts';

/** @param issuer whose CA is trusted beside those of this machine */
export type OpenHttp = (issuer: PlannedIssuer) => Http;

const openHttp: OpenHttp = ({ ca }) => createHttp(process.env, { ca });

/** Asks every issuer. A preview warns of those that do not answer, since it may run before they are deployed; an update ends. */
export async function guardIssuers(
  issuers: readonly PlannedIssuer[],
  { notCheckedFromHere }: Pick<Settings, 'notCheckedFromHere'>,
  open: OpenHttp = openHttp,
): Promise<void> {
  const asked = issuers.filter(({ name }) => !notCheckedFromHere.includes(name));
  const answers = await Promise.all(
    asked.map(async (issuer) => ({ name: issuer.name, why: await whyNotLive(issuer.profile, open(issuer)) })),
  );
  const silent = answers.flatMap(({ name, why }) => (why === undefined ? [] : [{ name, why }]));
  if (silent.length === 0) return;
  const lines = silent.flatMap(({ name, why }) => [`${name}: ${why}`, ...adviceFor(name)]);
  const what = `${silent.map(({ name }) => name).join(', ')} must answer before trust in it is written`;
  if (!pulumi.runtime.isDryRun()) throw refusal(what, lines);
  await pulumi.log.warn(`${what}: \`pulumi up\` will refuse.\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

const adviceFor = (name: string): readonly string[] => [
  '    Deploy the issuer first (pulumi up -s issuer…), or mend its URL, its certificate or the network.',
  `    If AWS and Vault reach it, and this machine does not: pulumi config set --path 'idp-kit:notCheckedFromHere[0]' ${name}`,
];
