/** A task as ECS runs it, by podman: everything is read from its definition, and nothing is written here that it says. */
import { type ContainerDefinition } from '@aws-sdk/client-ecs';
import { LIMITS } from '../../tools/lib/podman.mjs';
import { type Task } from '../components/issuer/task.ts';
import { type Cleanup, temporaryDirectory } from '../serve/directory.ts';
import { type Container, type Image, runDetached, secretOf } from './containers.ts';

/** @param environment what is otherwise on this machine than on ECS */
export async function startTask(
  { podman, name: image }: Image,
  { container, environment, secrets }: Task,
  different: Readonly<Record<string, string>>,
  cleanup: Cleanup,
): Promise<Container> {
  const directory = await temporaryDirectory(cleanup);
  const options = [
    ...hardening(container),
    ...healthOf(container),
    '--entrypoint',
    JSON.stringify(container.entryPoint),
  ];
  for (const [name, value] of Object.entries({ ...environment, ...different })) {
    options.push('--env', `${name}=${value}`);
  }
  for (const [name, value] of Object.entries(secrets)) {
    options.push('--secret', `${await secretOf(podman, directory, value, cleanup)},type=env,target=${name}`);
  }
  return runDetached(podman, [...options, image, ...(container.command ?? [])], cleanup);
}

function hardening({ user = '', readonlyRootFilesystem, linuxParameters }: ContainerDefinition): string[] {
  const { capabilities, tmpfs = [] } = linuxParameters ?? {};
  return [
    ...['--user', user],
    // ECS has this on for all containers unless a task says otherwise.
    ...['--security-opt', 'no-new-privileges'],
    ...(readonlyRootFilesystem === true ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(capabilities?.drop ?? []).flatMap((capability) => ['--cap-drop', capability]),
    ...tmpfs.flatMap(({ containerPath = '', size = 0, mountOptions = [] }) => {
      // Podman 4 knows no `uid` and `gid` here, but `U`: that of the container's user.
      const known = mountOptions.filter((option) => !/^[ug]id=/.test(option));
      return ['--tmpfs', `${containerPath}:${[...known, 'U', `size=${size}m`].join(',')}`];
    }),
    // Not those of the definition: restricted machines refuse to raise them.
    ...LIMITS,
  ];
}

/** How often is for whoever asks. Podman puts `CMD` in front of an array itself. */
function healthOf({ healthCheck }: ContainerDefinition): string[] {
  const [kind, ...command] = healthCheck?.command ?? [];
  if (kind !== 'CMD') throw new Error(`the health check is no command: ${String(kind)}`);
  return ['--health-cmd', JSON.stringify(command)];
}
