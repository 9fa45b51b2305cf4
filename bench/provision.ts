/**
 * What grants cost that the kit makes: an AWS role and a Vault role each, by the real engine with a file backend. The provider answers
 * at once, so that the engine's and the kit's own cost is what is measured.
 */
import { type Benchmark, type Metric } from './benchmark.ts';
import { median } from './measure.ts';
import { type Engine, type Seen, startEngine } from './provision/engine.ts';
import { record } from './provision/record.ts';

const GRANTS = 200;
const UPS = 3;
/** Start-up is what one grant costs: with none the engine starts no provider. */
const ONE = 1;
const SOME = 100;
const MANY = 4_000;
/** The short ones tell less, so they run more often. */
const PREVIEWS: Readonly<Record<number, number>> = { [ONE]: 5, [SOME]: 5, [MANY]: 3 };

export const bench: Benchmark = async (progress) => {
  const engine = await startEngine();
  try {
    progress(`recording what the kit makes of ${GRANTS} grants`);
    const { literals, seen } = await record(engine, GRANTS);
    const registered = await registrations(engine, literals, seen);
    progress(`${GRANTS} grants, ${UPS} times by the kit and by empty components`);
    const ups: Record<'kit' | 'same-tree', Seen[]> = { kit: [], 'same-tree': [] };
    // In turn, so that what slows the machine slows both.
    for (let round = 0; round < UPS; round++) {
      for (const shape of ['kit', 'same-tree'] as const) ups[shape].push(await engine.up(shape, work(literals)));
    }
    const [took, used] = [time(ups), memory(ups)];
    for (const { name, detail } of [took, used]) progress(`${name}: ${detail}`);
    progress(`previews of ${Object.keys(PREVIEWS).join(', ')} grants`);
    return [took, used, registered, await previewCost(engine)];
  } finally {
    await engine.stop();
  }
};

const work = (literals: string) => ({ grants: GRANTS, literals });

type Ups = Readonly<Record<'kit' | 'same-tree', readonly Seen[]>>;

function time(ups: Ups): Metric {
  const of = (shape: keyof Ups) => median(ups[shape].map(({ milliseconds }) => milliseconds)) / 1000;
  const size = (shape: keyof Ups) => `${(median(ups[shape].map(({ state }) => state)) / 1e6).toFixed(2)} MB of state`;
  const cpu = (shape: keyof Ups) => `${median(ups[shape].map((seen) => seen.cpu)).toFixed(1)} s of CPU`;
  const shown = (shape: keyof Ups) => `${of(shape).toFixed(1)} s, ${cpu(shape)}, ${size(shape)}`;
  return {
    name: 'up-time-vs-same-tree',
    ratio: of('kit') / of('same-tree'),
    detail: `the kit ${shown('kit')}; empty components with the same children ${shown('same-tree')}`,
  };
}

function memory(ups: Ups): Metric {
  const of = (shape: keyof Ups) => median(ups[shape].map(({ program }) => program.memory)) / 2 ** 20;
  return {
    name: 'up-memory-vs-same-tree',
    ratio: of('kit') / of('same-tree'),
    detail: `peak of the program's process: the kit ${of('kit').toFixed(0)} MiB; empty components ${of('same-tree').toFixed(0)} MiB`,
  };
}

/** Without that of the stack, which each program has. */
async function registrations(engine: Engine, literals: string, kit: Seen): Promise<Metric> {
  const of = ({ registrations: all }: Seen) => (all - 1) / GRANTS;
  const raw = await engine.up('raw', work(literals));
  const defaults = await engine.preview('kit', { grants: GRANTS, defaults: true });
  return {
    name: 'registrations-vs-raw',
    ratio: of(kit) / of(raw),
    detail:
      `the kit ${of(kit)} a grant, raw resources ${of(raw)}; the kit's defaults, where a role also keeps off the policies ` +
      `that others attach to it, ${of(defaults)}`,
  };
}

async function previewCost(engine: Engine): Promise<Metric> {
  const took = new Map<number, number[]>(Object.keys(PREVIEWS).map((grants) => [Number(grants), []]));
  for (let round = 0; round < Math.max(...Object.values(PREVIEWS)); round++) {
    for (const [grants, times] of took) {
      if (times.length >= (PREVIEWS[grants] ?? 0)) continue;
      times.push((await engine.preview('kit', { grants })).milliseconds);
    }
  }
  const of = (grants: number) => median(took.get(grants) ?? []);
  const cost = (grants: number) => (of(grants) - of(ONE)) / (grants - ONE);
  const shown = (grants: number) =>
    `${grants} grants ${(of(grants) / 1000).toFixed(1)} s, ${cost(grants).toFixed(1)} ms each`;
  return {
    name: `preview-cost-per-grant-${MANY}-vs-${SOME}`,
    ratio: cost(MANY) / cost(SOME),
    detail: `${shown(MANY)}; ${shown(SOME)}; start-up ${(of(ONE) / 1000).toFixed(1)} s`,
  };
}
