/** The environment of the real Pulumi engine with a file backend, where nothing of the user's own is read or written. */
import { join } from 'node:path';

/** @param directory in which it keeps everything; its folder `state` must exist */
export const pulumiEnv = (directory: string): Readonly<Record<string, string>> => ({
  PATH: process.env.PATH ?? '',
  HOME: directory,
  PULUMI_HOME: join(directory, 'pulumi'),
  PULUMI_BACKEND_URL: `file://${join(directory, 'state')}`,
  PULUMI_CONFIG_PASSPHRASE: 'benchmark',
  PULUMI_SKIP_UPDATE_CHECK: 'true',
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  NO_COLOR: '1',
});
