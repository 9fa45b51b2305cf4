/** The catalog of this stack. A mistake in it stops the program before anything is registered. */

import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { describeMistakes, loadCatalog } from '../src/catalog/load.ts';
import { type CatalogPlan, type PlannedIssuer } from '../src/catalog/plan.ts';
import { type IssuerArgs } from '../components/index.ts';

/** @param file relative to the project, or absolute */
export function planOf(file: string): CatalogPlan {
  const path = resolve(import.meta.dirname, '..', file);
  const loaded = loadCatalog(path);
  if (loaded.ok) return loaded.plan;
  const count = loaded.mistakes.length;
  throw new pulumi.RunError(
    `${count} ${count === 1 ? 'mistake' : 'mistakes'} in the catalog; nothing is provisioned.\n${describeMistakes(path, loaded.mistakes)}`,
  );
}

/** The issuer in the plain form of the components. */
export function issuerArgs({ config }: PlannedIssuer): IssuerArgs {
  const { subFields, ...rest } = config;
  return subFields === undefined ? rest : { ...rest, subFields: [...subFields] };
}
