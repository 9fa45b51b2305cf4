/** EventBridge Scheduler: what is started again and again. */
import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import { bag, isBag, text, type Bag, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { changeable, kept, outputs, pascal, unlessMissing } from '../table.ts';

export const schedule: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...changeable('string', 'scheduleExpression'),
    ...kept('block', 'flexibleTimeWindow', 'target'),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    await (await aws.use('scheduler')).createSchedule(request(text(inputs.name), inputs));
    return text(inputs.name);
  },
  read: async (aws, Name) => {
    const found = await unlessMissing((await aws.use('scheduler')).getSchedule({ Name }));
    if (found === undefined) return undefined;
    return bag({ name: found.Name, scheduleExpression: found.ScheduleExpression, arn: found.Arn });
  },
  update: async (aws, Name, _olds, news) => {
    await (await aws.use('scheduler')).updateSchedule(request(Name, news));
  },
  delete: async (aws, Name) => {
    await unlessMissing((await aws.use('scheduler')).deleteSchedule({ Name }));
  },
};

function request(Name: string, inputs: Bag): CreateScheduleCommandInput {
  const target = pascal(inputs.target ?? {}) as Bag;
  const parameters = target.EcsParameters as Bag;
  const network = parameters.NetworkConfiguration;
  const { AssignPublicIp, ...rest } = isBag(network) ? network : {};
  return {
    Name,
    ScheduleExpression: text(inputs.scheduleExpression),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      ...target,
      EcsParameters: {
        ...parameters,
        NetworkConfiguration: {
          awsvpcConfiguration: { ...rest, AssignPublicIp: AssignPublicIp === true ? 'ENABLED' : 'DISABLED' },
        },
      },
    },
  } as unknown as CreateScheduleCommandInput;
}
