import { describe, expect, it } from 'vitest';
import { batched } from '../../src/store/batch.ts';

/** A write that waits until it is told how it ends. */
function slowWrite() {
  const batches: (readonly number[])[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const write = (rows: readonly number[]) => {
    batches.push(rows);
    return new Promise<void>((resolve, reject) => {
      ends.push((fault) => {
        if (fault === undefined) resolve();
        else reject(fault);
      });
    });
  };
  return { batches, write, end: (fault?: Error) => ends.shift()?.(fault) };
}

describe('what comes together', () => {
  it('is written together, and what comes meanwhile with the next', async () => {
    const { batches, write, end } = slowWrite();
    const append = batched(write);
    const first = [append(1), append(2)];
    await expect.poll(() => batches).toEqual([[1, 2]]);
    const second = [append(3), append(4), append(5)];
    end();
    await Promise.all(first);
    await expect
      .poll(() => batches)
      .toEqual([
        [1, 2],
        [3, 4, 5],
      ]);
    end();
    await Promise.all(second);
    const third = append(6);
    await expect.poll(() => batches).toHaveLength(3);
    end();
    await third;
  });

  it('is written together with what comes in the pause after a write, and at once when there was none', async () => {
    const sizes: number[] = [];
    const append = batched<number>((rows) => {
      sizes.push(rows.length);
      return Promise.resolve();
    });
    // Each comes in a turn of the event loop of its own, as the tokens of clients do.
    const turns = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async (_, turn) => {
          for (let passed = 0; passed < turn; passed += 1) await new Promise(setImmediate);
          await append(turn);
        }),
      );
    await turns(10);
    expect(sizes[0]).toBe(1);
    expect(sizes.length).toBeLessThan(10);
  });

  it('fails together, and what comes later is tried again', async () => {
    const { batches, write, end } = slowWrite();
    const append = batched(write);
    const failing = Promise.allSettled([append(1), append(2)]);
    await expect.poll(() => batches).toHaveLength(1);
    const next = append(3);
    end(new Error('full'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect.poll(() => batches).toHaveLength(2);
    end();
    await next;
  });

  it('is written in the order in which it came, in batches that do not grow without bound', async () => {
    const written: number[] = [];
    const sizes: number[] = [];
    const append = batched<number>((rows) => {
      written.push(...rows);
      sizes.push(rows.length);
      return Promise.resolve();
    });
    const numbers = Array.from({ length: 1_000 }, (_, number) => number);
    await Promise.all(numbers.map(append));
    expect(written).toEqual(numbers);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
  });
});
