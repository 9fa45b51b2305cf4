/** What of a `TokenIssuer` is one of several, or a number within bounds, as AWS has them. Pure. */

import { type Problem, problem } from '../../src/claims/problem.ts';
import { IssuerCustody, IssuerDatabaseKind } from './args.ts';
import type { IssuerPlan } from './plan.ts';

interface Choice {
  readonly path: readonly string[];
  readonly value: (plan: IssuerPlan) => string | undefined;
  readonly among: readonly string[];
}

const CHOICES: readonly Choice[] = [
  { path: ['algorithm'], value: (plan) => plan.algorithm, among: ['RS256', 'ES256'] },
  { path: ['custody'], value: (plan) => plan.custody, among: Object.values(IssuerCustody) },
  { path: ['database', 'kind'], value: (plan) => plan.database.kind, among: Object.values(IssuerDatabaseKind) },
  { path: ['database', 'majorVersion'], value: (plan) => plan.database.majorVersion, among: ['15', '16', '17', '18'] },
  { path: ['service', 'architecture'], value: (plan) => plan.service.architecture, among: ['X86_64', 'ARM64'] },
  {
    path: ['documents', 'priceClass'],
    value: (plan) => plan.documents?.priceClass,
    among: ['PriceClass_100', 'PriceClass_200', 'PriceClass_All'],
  },
];

export function checkChoices(plan: IssuerPlan): Problem[] {
  return CHOICES.flatMap(({ path, value, among }) => {
    const chosen = value(plan);
    if (chosen === undefined || among.includes(chosen)) return [];
    return [problem(path, `there is no \`${chosen}\``, `there are ${among.join(', ')}`)];
  });
}

interface Bounds {
  readonly path: readonly string[];
  readonly value: (plan: IssuerPlan) => number | undefined;
  readonly least: number;
  readonly most: number;
  /** Steps it comes in. @default 1 */
  readonly step?: number;
}

/** Aurora User Guide, "Aurora Serverless v2 capacity"; AWS WAF, "Rate-based rule"; RDS, "Backup retention". */
const BOUNDS: readonly Bounds[] = [
  { path: ['signingKeys'], value: (plan) => plan.signingKeys, least: 2, most: 90 },
  { path: ['tokenRequestsPer5Minutes'], value: (plan) => plan.tokenRequestsPer5Minutes, least: 10, most: 2e9 },
  { path: ['database', 'minCapacity'], value: (plan) => plan.database.minCapacity, least: 0.5, most: 256, step: 0.5 },
  { path: ['database', 'maxCapacity'], value: (plan) => plan.database.maxCapacity, least: 1, most: 256, step: 0.5 },
  { path: ['database', 'instances'], value: (plan) => plan.database.instances, least: 1, most: 15 },
  { path: ['database', 'storageGiB'], value: (plan) => plan.database.storageGiB, least: 20, most: 13_000 },
  { path: ['database', 'backupDays'], value: (plan) => plan.database.backupDays, least: 1, most: 35 },
  { path: ['database', 'passwordVersion'], value: (plan) => plan.database.passwordVersion, least: 1, most: 1e6 },
  { path: ['service', 'minTasks'], value: (plan) => plan.service.minTasks, least: 2, most: 100 },
  { path: ['service', 'maxTasks'], value: (plan) => plan.service.maxTasks, least: 2, most: 100 },
  { path: ['service', 'targetCpu'], value: (plan) => plan.service.targetCpu, least: 20, most: 90 },
  { path: ['documents', 'everyMinutes'], value: (plan) => plan.documents?.everyMinutes, least: 2, most: 60 },
  {
    path: ['network', 'zones'],
    value: ({ network }) => (network.kind === 'made' ? network.zones : undefined),
    least: 2,
    most: 4,
  },
];

/** CloudWatch Logs, PutRetentionPolicy. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export function checkNumbers(plan: IssuerPlan): Problem[] {
  const { database, service, logDays } = plan;
  return [
    ...BOUNDS.flatMap(({ path, value, least, most, step = 1 }) => {
      const given = value(plan);
      if (given === undefined || (given >= least && given <= most && Number.isInteger(given / step))) return [];
      return [problem(path, `${given} is not one of ${least}, ${least + step}, … ${most}`)];
    }),
    ...(database.maxCapacity >= database.minCapacity
      ? []
      : [problem(['database', 'maxCapacity'], `${database.maxCapacity} is less than minCapacity`)]),
    ...(service.maxTasks >= service.minTasks
      ? []
      : [problem(['service', 'maxTasks'], `${service.maxTasks} is less than minTasks`)]),
    ...(LOG_DAYS.includes(logDays)
      ? []
      : [problem(['logDays'], `CloudWatch keeps no logs for ${logDays} days`, `it does for ${LOG_DAYS.join(', ')}`)]),
  ];
}

/** Amazon ECS Developer Guide, "Task size": MiB for each number of CPU units. */
const MEMORY: Readonly<Record<number, { readonly least: number; readonly most: number; readonly step: number }>> = {
  256: { least: 512, most: 2048, step: 512 },
  512: { least: 1024, most: 4096, step: 1024 },
  1024: { least: 2048, most: 8192, step: 1024 },
  2048: { least: 4096, most: 16_384, step: 1024 },
  4096: { least: 8192, most: 30_720, step: 1024 },
};

export function checkTask({ service: { cpu, memory } }: IssuerPlan): Problem[] {
  const sizes = MEMORY[cpu];
  if (sizes === undefined) {
    return [problem(['service', 'cpu'], `Fargate has no ${cpu} CPU units`, `take ${Object.keys(MEMORY).join(', ')}`)];
  }
  const { least, most, step } = sizes;
  if (memory >= least && memory <= most && memory % step === 0 && !(cpu === 256 && memory === 1536)) return [];
  return [
    problem(['service', 'memory'], `Fargate has no ${memory} MiB with ${cpu} CPU units`, `take ${least} to ${most}`),
  ];
}
