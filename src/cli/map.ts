// `idp map`: who can reach what, as one page to read, print and send.
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { type CliIo, tell, writeJson } from './io.ts';
import { badInput } from './usage.ts';

interface MapOptions {
  readonly output: string;
  readonly json?: true;
}

export function mapCommand(io: CliIo): Command {
  return new Command('map')
    .summary('show who can reach what, as one HTML page')
    .description(
      'Writes a page with the path of each entry of a catalog from the issuer through the role to what it may do, with\n' +
        'search and filters. It needs no network and no other file. Exit status: 0 done, 2 bad input.',
    )
    .argument('<catalog>', 'the catalog, e.g. stacks/access.yaml')
    .option('-o, --output <file>', 'where the page is written; - is standard output', 'map.html')
    .option('--json', 'print the same as JSON instead: {"entries": […], "groups": […]}')
    .action(async (catalog: string, { output, json }: MapOptions) => {
      const [{ describeMistakes, loadCatalog }, { mapOf }] = await Promise.all([
        import('../catalog/load.ts'),
        import('../catalog/map.ts'),
      ]);
      const loaded = loadCatalog(catalog);
      if (!loaded.ok) throw badInput(describeMistakes(catalog, loaded.mistakes), 'Mend the catalog first.');
      const map = mapOf(loaded.plan);
      if (json === true) {
        writeJson(io, map);
        return;
      }
      const { mapPage } = await import('../report/map-page.ts');
      const page = mapPage(map, basename(catalog));
      if (output === '-') {
        io.stdout.write(page);
        return;
      }
      await writeFile(output, page).catch((cause: unknown) => {
        const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not writable';
        throw badInput(`${output} cannot be written: ${code}`, 'Say where else: -o FILE.');
      });
      const count = map.entries.length;
      tell(io, `${output}: ${count} ${count === 1 ? 'entry' : 'entries'}`);
    });
}
