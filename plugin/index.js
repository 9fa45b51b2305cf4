// Pulumi's Node.js host loads this by `require`, so nothing is awaited at the top.
import process from 'node:process';
import manifest from 'idp-kit/package.json' with { type: 'json' };
import { serve } from 'idp-kit/provider';

export default serve(manifest.version, process.argv.slice(2));
