/** What ECS starts by a task definition: its container, and the secrets that ECS reads for it. */
import { type ContainerDefinition, type ECS } from '@aws-sdk/client-ecs';
import { type SecretsManager } from '@aws-sdk/client-secrets-manager';

type Variables = Readonly<Record<string, string>>;

export interface Task {
  readonly container: ContainerDefinition;
  readonly environment: Variables;
  readonly secrets: Variables;
}

export async function taskOf(family: string, ecs: ECS, secretsManager: SecretsManager): Promise<Task> {
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: family });
  const [container, ...others] = taskDefinition?.containerDefinitions ?? [];
  if (container === undefined || others.length > 0) throw new Error(`the task ${family} has one container`);
  const secrets = (container.secrets ?? []).map(async ({ name = '', valueFrom = '' }) => {
    const [, SecretId = '', VersionId = ''] = /^(.+):::(.+)$/.exec(valueFrom) ?? [];
    const { SecretString = '' } = await secretsManager.getSecretValue({ SecretId, VersionId });
    return [name, SecretString] as const;
  });
  return {
    container,
    environment: Object.fromEntries((container.environment ?? []).map(({ name = '', value = '' }) => [name, value])),
    secrets: Object.fromEntries(await Promise.all(secrets)),
  };
}
