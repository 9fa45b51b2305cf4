/** pulumi-resource-aws, as far as this kit needs it. The engine starts it and reads the port from its first line. */
import process from 'node:process';
import { serve } from '../core/serve.ts';
import { connectAws } from './api.ts';
import { functions } from './functions.ts';
import { kinds } from './kinds.ts';

serve({
  plugin: {
    name: 'aws',
    connect: (config) => connectAws(config, process.env),
    functions,
    kinds,
  },
  ready: (port) => process.stdout.write(`${port}\n`),
});
