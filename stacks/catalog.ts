/** What this stack provisions of the catalog. A mistake in it stops the program before anything is registered. */

import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { describeMistakes, loadCatalog } from '../src/catalog/load.ts';
import { type CatalogPlan, type PlannedIssuer } from '../src/catalog/planned.ts';
import { type Selection, select } from '../src/catalog/select.ts';
import { type Problem, problem } from '../src/claims/problem.ts';
import { suggest } from '../src/claims/suggest.ts';
import { type IssuerArgs } from '../components/index.ts';
import { refusal, valueOrEnd } from './refusal.ts';
import { type Settings } from './settings.ts';

/** What a program is given. */
export interface StackInput {
  readonly settings: Settings;
  readonly selection: Selection;
}

export const pathInProject = (file: string): string => resolve(import.meta.dirname, '..', file);

/** @param ownUrl of the kit's own issuer, where the stack knows it */
export function selectionOf(settings: Settings, ownUrl: string | undefined): Selection {
  const path = pathInProject(settings.catalog);
  const loaded = loadCatalog(path, ownUrl === undefined ? {} : { ownUrl });
  if (!loaded.ok) {
    const count = loaded.mistakes.length;
    const what = `${count} ${count === 1 ? 'mistake' : 'mistakes'} in the catalog`;
    throw refusal(what, describeMistakes(path, loaded.mistakes).split('\n'));
  }
  const problems = [...checkChoice(loaded.plan, settings), ...checkOwn(loaded.plan, ownUrl)];
  if (problems.length > 0) {
    valueOrEnd({ ok: false, problems }, `the configuration of ${pulumi.getStack()} does not fit the catalog`);
  }
  return select(loaded.plan, settings.environment, settings.shard);
}

/** An environment that is left out or misspelt would drop its entries, and so delete their roles. */
export function checkChoice(plan: CatalogPlan, { environment, notCheckedFromHere }: Settings): Problem[] {
  const declared = plan.environments.map(({ name }) => name);
  const issuers = plan.issuers.map(({ name }) => name);
  const at = ['idp-kit:environment'];
  const unknown = notCheckedFromHere.filter((name) => !issuers.includes(name));
  return [
    ...(environment === undefined && declared.length > 0
      ? [problem(at, 'the catalog has several environments', `say which one this is: ${declared.join(', ')}`)]
      : []),
    ...(environment !== undefined && !declared.includes(environment)
      ? [problem(at, `the catalog has no environment \`${environment}\``, suggest(environment, declared))]
      : []),
    ...unknown.map((name) =>
      problem(['idp-kit:notCheckedFromHere'], `the catalog has no issuer \`${name}\``, suggest(name, issuers)),
    ),
  ];
}

/** Trust in an issuer that is nowhere would be trust in whoever comes there. */
export function checkOwn(plan: CatalogPlan, ownUrl: string | undefined): Problem[] {
  const own = plan.issuers.filter((issuer) => issuer.own).map(({ name }) => name);
  if (own.length === 0 || ownUrl !== undefined) return [];
  return [
    problem(
      ['idp-kit:issuerStack'],
      `the URL of the catalog's issuer ${own.join(', ')} is not known`,
      'name the stack that has it (organization/idp-kit/issuer-prod), or say it: idp-kit:issuerUrl',
    ),
  ];
}

/** The issuer in the plain form of the components. */
export function issuerArgs({ config }: PlannedIssuer): IssuerArgs {
  const { subFields, ...rest } = config;
  return subFields === undefined ? rest : { ...rest, subFields: [...subFields] };
}
