// The commands of this repository, as steps: each a program of Node's and whether it needs the tools.

/**
 * @typedef {{ tools: boolean, argv: readonly string[] }} Step `argv` is what Node runs, relative to the repository
 */

/** @type {readonly Step[]} */
const LINT = [
  { tools: false, argv: ['node_modules/eslint/bin/eslint.js', '.'] },
  { tools: false, argv: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'] },
  { tools: false, argv: ['node_modules/typescript/bin/tsc', '--noEmit'] },
];

/** @type {Readonly<Record<string, (args: readonly string[]) => readonly Step[]>>} */
export const COMMANDS = {
  check: () => LINT,
  // With arguments somebody looks at one thing, and the linters would only be in the way.
  test: (args) => {
    const vitest = { tools: true, argv: ['node_modules/vitest/vitest.mjs', 'run', ...args] };
    return args.length > 0 ? [vitest] : [...LINT, vitest];
  },
  mutate: (args) => [
    {
      tools: false,
      argv: ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', 'test/mutation/stryker.config.mjs', ...args],
    },
  ],
  bench: (args) => [{ tools: true, argv: ['bench/run.ts', ...args] }],
  demo: (args) => [{ tools: true, argv: ['test/sandbox/demo.ts', ...args] }],
};

/**
 * @param {readonly string[]} argv the arguments of `tools/run.mjs`
 * @returns {readonly Step[] | undefined} nothing for an unknown command
 */
export function planFor([name = '', ...rest]) {
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.(args) : undefined;
}
