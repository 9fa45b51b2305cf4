import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers, processes and Pulumi engines take their time on a small machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Vitest would leave a core free; many tests wait for other processes.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
