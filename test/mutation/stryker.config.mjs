/**
 * `npm run mutate`: one check of the evaluations after the other is deleted or flipped, and each time some test must fail. What only
 * explains a verdict is left alone: texts, advice, places.
 */
export default {
  mutate: [
    'src/trust/decision.ts',
    'src/trust/matcher.ts',
    'src/trust/aws/{evaluate,condition,operators,request,session,token,variables,address}.ts',
    'src/trust/vault/{evaluate,bound,registered,lookup}.ts',
  ],
  mutator: { excludedMutations: ['StringLiteral', 'ObjectLiteral', 'OptionalChaining', 'UpdateOperator'] },
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/explanations.mjs'],
  ignorers: ['explanations'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  thresholds: { high: 100, low: 100, break: 100 },
  concurrency: 2,
  timeoutMS: 20_000,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: true, skipFull: true },
  checkers: [],
  tempDirName: '.stryker',
  ignorePatterns: ['/docs', '/.git', '/coverage', '/dist'],
  allowConsoleColors: false,
  warnings: { slow: false },
};
