import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'test/trust/aws/*.test.ts',
      'test/trust/vault/{evaluate,bound,registered,lookup}.test.ts',
      'test/trust/{decision,matcher}.test.ts',
    ],
    env: { IDP_KIT_CASES: '0.1' },
    testTimeout: 60_000,
    pool: 'forks',
  },
});
