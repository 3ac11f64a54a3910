/** Tests are TypeScript, stripped by swc and run as ES modules on Node 24; types are checked by `tsc` in `npm run check`. */
export default {
  testEnvironment: 'node',
  // A limit for what hangs, not a measure of speed: machines are noisy.
  testTimeout: 120_000,
  globalSetup: '<rootDir>/__tests__/harness/global-setup.ts',
  // Outside the machine's temporary folder, in which nothing of a run may be left.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
      },
    ],
  },
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/examples/'],
};
