// `idp catalog`: what a catalog says, without provisioning anything.
import { Command } from 'commander';
import { tell, writeJson, type CliIo } from './io.ts';
import { type Conclude } from './conclude.ts';

const DEFAULT_FILE = 'stacks/access.yaml';

interface CheckOptions {
  readonly json?: true;
}

export function catalogCommand(io: CliIo, conclude: Conclude): Command {
  return new Command('catalog').description('work with a catalog of who gets in').addCommand(
    new Command('check')
      .summary('say everything that is wrong with a catalog')
      .description(
        `Checks a catalog and the files it names, and says everything that is wrong, as file:line:column.\n` +
          'Exit status: 0 it is fine, 2 it has mistakes.',
      )
      .argument('[file]', 'the catalog', DEFAULT_FILE)
      .option('--json', 'print the mistakes as JSON')
      .action(async (file: string, options: CheckOptions) => {
        const { describeMistakes, loadCatalog } = await import('../catalog/load.ts');
        const loaded = loadCatalog(file);
        const mistakes = loaded.ok ? [] : loaded.mistakes;
        if (options.json === true) writeJson(io, { file, mistakes });
        else if (loaded.ok)
          tell(io, `${file} is fine: ${loaded.plan.access.length} entries, ${loaded.plan.issuers.length} issuers`);
        else io.stdout.write(`${describeMistakes(file, mistakes)}\n`);
        if (!loaded.ok) conclude(2);
      }),
  );
}
