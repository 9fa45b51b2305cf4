/** `idp-kit/catalog`: `access.yaml` read and planned, for programs of one's own that provision from it. */

export { type CatalogDiff, diffCatalogs } from './diff.ts';
export { type LoadedCatalog, describeMistakes, loadCatalog } from './load.ts';
export { type CatalogPlan, type PlannedAccess, type PlannedGroup, type PlannedIssuer } from './planned.ts';
