/** The raw resources that the kit makes, taken from the state that it left: others make the same ones without it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, type Resource, type Seen } from './engine.ts';
import { type Literal } from './programs/task.ts';

export interface Recorded {
  /** File for the other programs. */
  readonly literals: string;
  /** The kit's run. */
  readonly seen: Seen;
}

export async function record(engine: Engine, grants: number): Promise<Recorded> {
  const seen = await engine.up('kit', { grants });
  const resources = await engine.resources(seen.stack);
  const byName = new Map(resources.map((resource) => [`${resource.type} ${nameOf(resource)}`, resource]));
  const inputsOf = (type: string, name: string) => {
    const inputs = byName.get(`${type} ${name}`)?.inputs;
    if (inputs === undefined) throw new Error(`the kit made no ${type} with the name ${name}`);
    return inputs;
  };
  const all = Array.from({ length: grants }, (_, index) => {
    const name = `grant-${index + 1}`;
    const aws = inputsOf('aws:iam/role:Role', `${name}-role`);
    const vault = inputsOf('vault:jwt/authBackendRole:AuthBackendRole', `${name}-role`);
    return { name, aws, vault } as unknown as Literal;
  });
  const literals = join(engine.directory, 'literals.json');
  await writeFile(literals, JSON.stringify(all));
  return { literals, seen };
}

const nameOf = ({ urn }: Resource): string => urn.slice(urn.lastIndexOf('::') + 2);
