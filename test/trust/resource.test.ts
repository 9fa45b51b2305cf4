import { expect, it } from 'vitest';
import { Unknown } from '../../src/trust/resource.ts';

it('says why a value is not known', () => {
  expect(new Unknown('computed later').why).toBe('computed later');
});
