import { expect, it } from 'vitest';
import { quoteRemote } from '../../src/workload/remote-text.ts';

it('cannot drive a terminal, hides secrets and ends', () => {
  expect(quoteRemote('a\u001b[2Jb\u202ec\nd')).toBe('a [2Jb c d');
  expect(quoteRemote('bad credential s3cret!', ['s3cret', ''])).toBe('bad credential [secret]!');
  expect(quoteRemote('x'.repeat(1000))).toHaveLength(401);
});
