/** What somebody should be told of: a table of metrics, what they mean, and from where on. */

import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import type { Watched } from './database.ts';
import type { Edge } from './edge.ts';
import type { Surroundings } from './surroundings.ts';

interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: 'Sum' | 'Minimum' | 'Maximum' | 'Average';
  readonly comparisonOperator: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  /** Minutes in a row. */
  readonly minutes: number;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  /** Is silence an alarm? */
  readonly silence: 'breaching' | 'notBreaching';
}

export interface AlarmInputs {
  readonly edge: Edge;
  readonly watched: Watched | undefined;
  /** Is there a service yet? Without one nothing runs, and that is as it should be. */
  readonly runs: boolean;
}

const OVER = 'GreaterThanOrEqualToThreshold';
const UNDER = 'LessThanThreshold';
const GIB = 2 ** 30;

export function makeAlarms({ name, parent, plan }: Surroundings, { edge, watched, runs }: AlarmInputs): void {
  const alarms = [...(runs ? ofService(edge) : []), ...(watched === undefined ? [] : ofDatabase(watched))];
  for (const { name: kind, minutes, silence, description, ...metric } of alarms) {
    new aws.cloudwatch.MetricAlarm(
      `${name}-${kind}`,
      {
        ...metric,
        alarmDescription: `${plan.url}: ${description}`,
        period: 60,
        evaluationPeriods: minutes,
        treatMissingData: silence,
        alarmActions: [...plan.alarmTopicArns],
        okActions: [...plan.alarmTopicArns],
      },
      { parent },
    );
  }
}

/** CloudWatch metrics for Application Load Balancers. */
function ofService({ balancer, targets }: Edge): Alarm[] {
  const namespace = 'AWS/ApplicationELB';
  const ofBalancer = { LoadBalancer: balancer.arnSuffix };
  const ofTargets = { ...ofBalancer, TargetGroup: targets.public.arnSuffix };
  const usual = { namespace, minutes: 5, silence: 'notBreaching' } as const;
  return [
    {
      ...usual,
      name: 'errors',
      description: 'the issuer answers with 5xx: see its log and the store',
      metricName: 'HTTPCode_Target_5XX_Count',
      statistic: 'Sum',
      comparisonOperator: OVER,
      threshold: 10,
      dimensions: ofTargets,
    },
    {
      ...usual,
      name: 'errors-balancer',
      description: 'the load balancer answers with 5xx: no task takes the requests',
      metricName: 'HTTPCode_ELB_5XX_Count',
      statistic: 'Sum',
      comparisonOperator: OVER,
      threshold: 10,
      dimensions: ofBalancer,
    },
    {
      ...usual,
      name: 'unhealthy',
      description: 'a task does not answer its health check',
      metricName: 'UnHealthyHostCount',
      statistic: 'Maximum',
      comparisonOperator: OVER,
      threshold: 1,
      dimensions: ofTargets,
    },
    {
      ...usual,
      name: 'nothing-runs',
      description: 'no task runs: nobody gets tokens, and keys are not served',
      metricName: 'HealthyHostCount',
      statistic: 'Maximum',
      comparisonOperator: UNDER,
      threshold: 1,
      minutes: 2,
      dimensions: ofTargets,
      silence: 'breaching',
    },
  ];
}

/** Amazon RDS and Aurora User Guides, "CloudWatch metrics". */
function ofDatabase(watched: Watched): Alarm[] {
  const usual = { namespace: 'AWS/RDS', minutes: 10, silence: 'notBreaching' } as const;
  if (watched.kind === 'aurora') {
    const dimensions = { DBClusterIdentifier: watched.cluster };
    return [
      {
        ...usual,
        name: 'database-capacity',
        description: 'the database is at its most capacity: raise database.maxCapacity',
        metricName: 'ACUUtilization',
        statistic: 'Maximum',
        comparisonOperator: OVER,
        threshold: 90,
        dimensions,
      },
      {
        ...usual,
        name: 'database-silent',
        description: 'nothing is heard of the database',
        metricName: 'DatabaseConnections',
        statistic: 'Maximum',
        comparisonOperator: UNDER,
        threshold: 0,
        dimensions,
        silence: 'breaching',
      },
    ];
  }
  const dimensions = { DBInstanceIdentifier: watched.instance };
  return [
    {
      ...usual,
      name: 'database-cpu',
      description: 'the database is busy: take a larger database.instanceClass',
      metricName: 'CPUUtilization',
      statistic: 'Average',
      comparisonOperator: OVER,
      threshold: 80,
      dimensions,
    },
    {
      ...usual,
      name: 'database-storage',
      description: 'the database is nearly full: see audit.keep_days, and database.storageGiB',
      metricName: 'FreeStorageSpace',
      statistic: 'Minimum',
      comparisonOperator: UNDER,
      threshold: 2 * GIB,
      dimensions,
      silence: 'breaching',
    },
  ];
}
