/** CloudWatch: log groups and alarms. */
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { bag, stringMap, text, texts, type Bag, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { changeable, fixed, outputs, unlessMissing } from '../table.ts';

export const logGroup: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...changeable('number', 'retentionInDays'),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    const logGroupName = text(inputs.name);
    await (await aws.use('logs')).createLogGroup({ logGroupName });
    await retain(aws, logGroupName, inputs);
    return logGroupName;
  },
  read: async (aws, id) => {
    const { logGroups } = await (await aws.use('logs')).describeLogGroups({ logGroupNamePrefix: id });
    const found = logGroups?.find(({ logGroupName }) => logGroupName === id);
    if (found === undefined) return undefined;
    // The provider's ARN is without the `:*` of the API's.
    const arn = found.arn?.replace(/:\*$/, '');
    return bag({ name: found.logGroupName, retentionInDays: found.retentionInDays, arn });
  },
  update: (aws, id, _olds, news) => retain(aws, id, news),
  delete: async (aws, logGroupName) => {
    await unlessMissing((await aws.use('logs')).deleteLogGroup({ logGroupName }));
  },
};

async function retain(aws: Aws, logGroupName: string, inputs: Bag): Promise<void> {
  const logs = await aws.use('logs');
  if (inputs.retentionInDays === undefined) await logs.deleteRetentionPolicy({ logGroupName });
  else await logs.putRetentionPolicy({ logGroupName, retentionInDays: Number(inputs.retentionInDays) });
}

const TEXTS = [
  'alarmDescription',
  'namespace',
  'metricName',
  'statistic',
  'comparisonOperator',
  'treatMissingData',
] as const;
const NUMBERS = ['threshold', 'period', 'evaluationPeriods'] as const;
const ACTIONS = ['alarmActions', 'okActions'] as const;

export const metricAlarm: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...changeable('string', ...TEXTS),
    ...changeable('number', ...NUMBERS),
    ...changeable('set', ...ACTIONS),
    ...changeable('map', 'dimensions'),
    ...fixed('string', 'namePrefix'),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    await putAlarm(aws, text(inputs.name), inputs);
    return text(inputs.name);
  },
  read: async (aws, name) => {
    const found = (await (await aws.use('cloudwatch')).describeAlarms({ AlarmNames: [name] })).MetricAlarms?.[0];
    if (found === undefined) return undefined;
    return bag({
      name,
      alarmDescription: found.AlarmDescription,
      namespace: found.Namespace,
      metricName: found.MetricName,
      statistic: found.Statistic,
      comparisonOperator: found.ComparisonOperator,
      treatMissingData: found.TreatMissingData,
      threshold: found.Threshold,
      period: found.Period,
      evaluationPeriods: found.EvaluationPeriods,
      alarmActions: found.AlarmActions ?? [],
      okActions: found.OKActions ?? [],
      dimensions: Object.fromEntries((found.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value])),
      arn: found.AlarmArn,
    });
  },
  update: (aws, name, _olds, news) => putAlarm(aws, name, news),
  delete: async (aws, name) => {
    await unlessMissing((await aws.use('cloudwatch')).deleteAlarms({ AlarmNames: [name] }));
  },
};

async function putAlarm(aws: Aws, AlarmName: string, inputs: Bag): Promise<void> {
  const request = {
    AlarmName,
    AlarmDescription: text(inputs.alarmDescription),
    Namespace: text(inputs.namespace),
    MetricName: text(inputs.metricName),
    Statistic: text(inputs.statistic),
    ComparisonOperator: text(inputs.comparisonOperator),
    TreatMissingData: text(inputs.treatMissingData),
    Threshold: Number(inputs.threshold),
    Period: Number(inputs.period),
    EvaluationPeriods: Number(inputs.evaluationPeriods),
    AlarmActions: texts(inputs.alarmActions),
    OKActions: texts(inputs.okActions),
    Dimensions: Object.entries(stringMap(inputs.dimensions)).map(([Name, Value]) => ({ Name, Value })),
  };
  await (await aws.use('cloudwatch')).putMetricAlarm(request as PutMetricAlarmCommandInput);
}
