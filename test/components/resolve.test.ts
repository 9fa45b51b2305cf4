import * as pulumi from '@pulumi/pulumi';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkArgs, checked, mapped, outputOf, resolved, valueOf } from '../../components/resolve.ts';
import { problem, refuse } from '../../src/claims/problem.ts';

class Nothing extends pulumi.ComponentResource {}

let resource: pulumi.Resource;

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: () => ({}),
  });
  resource = new Nothing('idp-kit:index:Nothing', 'nothing', {});
});

/** An output is several promises, of which each is broken by a failure. */
async function value<T>(output: pulumi.Output<T>): Promise<T> {
  const parts = output as unknown as {
    readonly promise: () => Promise<T>;
    readonly isKnown: Promise<boolean>;
    readonly isSecret: Promise<boolean>;
    readonly allResources: () => Promise<unknown>;
  };
  const [read] = await Promise.allSettled([parts.promise(), parts.isKnown, parts.isSecret, parts.allResources()]);
  if (read.status === 'rejected') throw read.reason;
  return read.value;
}

const positive = (number: number) => (number > 0 ? [] : [problem(['number'], `${number} is not positive`)]);
const later = <T>(plain: T) => pulumi.output(Promise.resolve(plain));

describe('an input', () => {
  it.each<[string, () => pulumi.Input<number>]>([
    ['at once', () => 1],
    ['once it is there', () => later(1)],
    ['once the promise is kept', () => Promise.resolve(1)],
  ])('is checked %s and passed on', async (_, input) => {
    expect(await value(outputOf(checked(input(), positive, resource)))).toBe(1);
  });

  it('stops the program at once where it is plain and wrong, and the resource where it comes later', async () => {
    expect(() => checked(0, positive, resource)).toThrow('number: 0 is not positive');
    await expect(value(outputOf(checked(later(0), positive, resource)))).rejects.toThrow('number: 0 is not positive');
  });

  it('may be plain on the outside alone', async () => {
    const build = ({ list }: { list: unknown[] }) => list.length;
    expect(await value(outputOf(resolved({ list: [1, later(2)] }, build)))).toBe(2);
  });

  it('stays plain where it is, with all that is made of it', () => {
    expect(checked(1, positive, resource)).toBe(1);
    expect(
      mapped(
        resolved({ list: [1, 2] }, ({ list }) => list.length),
        (length) => length + 1,
      ),
    ).toBe(3);
  });

  it('that is secret makes a secret', async () => {
    const output = checked(pulumi.secret(1), positive, resource);
    expect(await (output as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
  });
});

it.each<[path: (string | number)[], says: string]>([
  [['admit', 'project_id'], 'admission.project_id: wrong'],
  [['variant'], 'admission.variants: wrong'],
  [['vault', 'bound_cidrs', 0], 'grant.boundCidrs.0: wrong'],
  [['vault', 'claim_mappings', 'project_id'], 'grant.claimMappings.project_id: wrong'],
  [['session', 'tags', 'a_b'], 'session.tags.a_b: wrong'],
  [[], 'wrong'],
])('says where a mistake is by the names of the args: %j', (path, says) => {
  expect(() => valueOf(refuse(problem(path, 'wrong')), resource)).toThrow(`\n  ${says}`);
});

describe('args', () => {
  const table = { issuer: 'required', audiences: 'optional' } as const;
  const check = (args: object) => {
    checkArgs(args as { issuer: string; audiences?: string }, table, resource);
  };

  it('that fit are taken', () => {
    expect(() => {
      check({ issuer: 'x', audiences: undefined });
    }).not.toThrow();
  });

  it('that are missing or misspelt are said, all at once', () => {
    expect(() => {
      check({ audience: 'x', issuer: undefined });
    }).toThrow(
      /audience: there is no such argument \(did you mean audiences\?\)\n {2}issuer: this argument is missing/,
    );
  });
});
