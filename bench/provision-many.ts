/** What many grants cost with the file backend, for the table in docs/stacks.md: it takes a while. */
import { type Benchmark } from './benchmark.ts';
import { type Seen, startEngine } from './provision/engine.ts';

/** The engine writes the whole state at each step, so that twice as many cost four times as much. */
const EACH_STEP = [100, 200, 400] as const;
/** A state that is written once costs what the grants do. */
const ONCE = [400, 1_000] as const;

export const bench: Benchmark = async (progress) => {
  const engine = await startEngine();
  const cost = new Map<string, number>();
  const measure = async (grants: number, once: boolean) => {
    const up = await engine.up('kit', { grants }, { once });
    const again = await engine.up('kit', { grants }, { once, stack: up.stack });
    cost.set(`${grants} ${once}`, up.cpu / grants);
    const how = once ? 'written once' : 'written at each step';
    progress(`${grants} grants, ${how}: up ${shown(up)}; again, without a change, ${shown(again)}`);
  };
  try {
    for (const grants of EACH_STEP) await measure(grants, false);
    for (const grants of ONCE) await measure(grants, true);
  } finally {
    await engine.stop();
  }
  const perGrant = (grants: number, once: boolean) => cost.get(`${grants} ${once}`) ?? 0;
  const compared = (name: string, many: number, few: number, once: boolean) => ({
    name,
    ratio: perGrant(many, once) / perGrant(few, once),
    detail: [many, few].map((one) => `${one} grants ${perGrant(one, once).toFixed(2)} s of CPU each`).join('; '),
  });
  return [
    compared('up-cost-per-grant-400-vs-100', 400, 100, false),
    compared('up-cost-per-grant-1000-vs-400-written-once', 1_000, 400, true),
  ];
};

function shown({ milliseconds, cpu, program, registrations, state }: Seen): string {
  const memory = `${(program.memory / 2 ** 20).toFixed(0)} MiB`;
  const time = `${(milliseconds / 1000).toFixed(0)} s, ${cpu.toFixed(0)} s of CPU`;
  return `${time}, ${memory}, ${registrations} resources, ${(state / 1e6).toFixed(1)} MB of state`;
}
