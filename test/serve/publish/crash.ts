// A publisher that is killed after its first file, run as a process of its own: config file, folder and clock in argv.
import { readConfigFile } from '../../../src/serve/config.ts';
import { folderTarget } from '../../../src/serve/publish/folder.ts';
import { publishIssuer } from '../../../src/serve/publish/run.ts';
import { type PublishTarget } from '../../../src/serve/publish/target.ts';

const [, , file = '', folder = '', when = ''] = process.argv;
const inner = folderTarget(folder);
const target: PublishTarget = {
  ...inner,
  write: async (written, before) => {
    const done = await inner.write(written, before);
    process.kill(process.pid, 'SIGKILL');
    return done;
  },
};
const config = await readConfigFile(file);
if (!config.ok) throw new Error(JSON.stringify(config.problems));
const ports = { now: () => Number(when), progress: () => undefined, fetchSeen: undefined };
await publishIssuer(config.value, 'ona', target, ports);
