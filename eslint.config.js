/** The house rules, as lint. The direction rules are the table `layers`; every message says the rule it holds. */
import eslint from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What an action may use of everything below it. */
const belowActions = [
  ...['release', 'fleet', 'checks', 'run', 'inputs', 'report'],
  ...['clients', 'words', 'aws', 'errors', 'types'],
];

/**
 * Folder (or file) of src/ → the layers it may import. `types` are layers of which it may import types only, so
 * that nothing of them runs. A layer that is named nowhere in a row may not be imported by it at all.
 */
const layers = {
  index: { imports: ['cli', 'actions', 'run'] },
  cli: { imports: ['commands', 'run', 'inputs', 'clients', 'words', 'errors', 'types'] },
  commands: { imports: ['actions', 'setup', ...belowActions] },
  actions: { imports: belowActions },
  release: { imports: ['checks', 'run', 'inputs', 'stats', 'clients', 'words', 'aws', 'errors', 'types'] },
  setup: { imports: ['run', 'inputs', 'clients', 'words', 'aws', 'errors', 'types'] },
  fleet: { imports: ['checks', 'run', 'inputs', 'stats', 'clients', 'words', 'aws', 'errors', 'types'] },
  checks: { imports: ['run', 'inputs', 'evidence', 'stats', 'clients', 'words', 'aws', 'errors', 'types'] },
  evidence: { imports: ['stats', 'clients', 'words', 'aws', 'errors', 'types'] },
  run: { imports: ['inputs', 'clients', 'words', 'aws', 'errors', 'types'] },
  inputs: { imports: ['words', 'aws', 'errors', 'types'], types: ['clients'] },
  report: {
    imports: ['words', 'aws', 'errors', 'types'],
    types: ['release', 'fleet', 'checks', 'run', 'inputs'],
    pure: true,
  },
  clients: { imports: ['words', 'aws', 'errors', 'types'] },
  stats: { imports: ['errors', 'types'], pure: true },
  words: { imports: ['errors', 'types'], pure: true },
  // What AWS itself fixes: partitions, hosts, limits.
  aws: { imports: [], pure: true },
  errors: { imports: ['types'] },
  types: { imports: ['errors'] },
};

/** Packages with one home, and the places that may import them. Types may be imported by any layer that is not pure. */
const homes = [
  {
    packages: '^@(aws-sdk|smithy)/',
    allowed: ['clients'],
    message: 'Only src/clients builds AWS SDK clients; a step receives them as an argument.',
  },
  {
    packages: '^(@actions/github|@octokit/.*)$',
    allowed: ['clients'],
    message: 'Only src/clients imports Octokit; a step receives its client as an argument.',
  },
  {
    packages: '^(@actions/exec|(node:)?child_process)$',
    allowed: ['clients'],
    message: 'Only src/clients runs commands; a step receives the shell as an argument.',
  },
  {
    packages: '^@actions/core$',
    allowed: ['inputs', 'run/run-action.ts', 'clients/runner.ts'],
    message:
      '@actions/core belongs to src/inputs, src/run/run-action.ts and src/clients/runner.ts (outputs, summary, log).',
  },
];

const pureRule = 'plan, stats, report and record are pure: time, ids, settings and files come in as values';

const impurePackages = {
  regex:
    '^(@actions/|@aws-sdk/|@smithy/|@octokit/|(node:)?(child_process|fs|fs/promises|http|https|net|os|perf_hooks|process|timers|timers/promises|worker_threads)$)',
  message: `${pureRule}; no SDK, no @actions, no input or output.`,
};

const randomness = {
  name: 'node:crypto',
  importNames: [
    'default',
    'getRandomValues',
    'randomBytes',
    'randomInt',
    'randomUUID',
    'subtle',
    'webcrypto',
  ],
  message: `${pureRule}; node:crypto is here for hashes only.`,
};

const impureGlobals = [
  'process',
  'Date',
  'performance',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'globalThis',
];

const impureSyntax = [
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: `${pureRule}; no randomness.`,
  },
];

/** Relative specifiers that lead from a layer to one of `names`; index, errors and types lie beside the folders. */
const specifierOf = (layer, names) => {
  const up = ['index', 'cli', 'words', 'errors', 'types'].includes(layer)
    ? '\\./|(\\.\\./)+'
    : '(\\./)?(\\.\\./)+';
  return `^(${up})(src/)?(${names.join('|')})(/|\\.ts$|$)`;
};

const anyLocal = {
  regex: '(^|/)\\.\\./(.*/)?local/',
  message: 'src/ imports nothing of local/: no line of it may ship.',
};

/** For a pure layer `impurePackages` says more: it refuses types too. */
function homePatterns(layer, file) {
  return homes
    .filter(({ allowed }) => !allowed.includes(layer) && !allowed.includes(file))
    .map(({ packages, message }) => ({ regex: packages, message, allowTypeImports: true }));
}

/** The import patterns of one layer, for static imports. `file` is set when the layer's file has a rule of its own. */
function patternsOf(layer, file) {
  const { imports, types = [], pure = false } = layers[layer];
  const others = Object.keys(layers).filter((name) => name !== layer && !imports.includes(name));
  const reach = imports.length > 0 ? imports.join(', ') : 'nothing of src/';
  const message = `src/${layer} imports only ${reach}${types.length > 0 ? `, and types of ${types.join(', ')}` : ''}.`;
  const closed = others.filter((name) => !types.includes(name));
  return [
    anyLocal,
    { regex: specifierOf(layer, closed), message },
    ...(types.length > 0 ? [{ regex: specifierOf(layer, types), message, allowTypeImports: true }] : []),
    ...(pure ? [impurePackages] : homePatterns(layer, file)),
  ];
}

/** Folders of a layer that are pure although the layer is not, and what of the layer they may not import. */
const pureFolders = {
  'release/record': {
    closed: 'plan/|steps/|[a-z-]+\\.ts$',
    says: 'src/release/record imports only errors, types',
  },
  'release/plan': {
    closed: 'steps/|[a-z-]+\\.ts$',
    says: 'src/release/plan imports only record, words, aws, errors, types',
  },
  'setup/plan': {
    closed: 'steps/|[a-z-]+\\.ts$',
    says: 'src/setup/plan imports only words, aws, errors, types',
  },
  'fleet/plan': {
    closed: 'steps/|[a-z-]+\\.ts$',
    says: 'src/fleet/plan imports only words, aws, errors, types',
  },
};

/** The rules of the layer that the folder belongs to, and those of a pure one. */
function pureRules(folder) {
  const { closed, says } = pureFolders[folder];
  const message = `${says}, and types of inputs and clients.`;
  const typesOnly = '^(\\.\\./)+(inputs|clients|run|checks)/';
  const patterns = [
    ...patternsOf(folder.split('/')[0]).filter(({ allowTypeImports }) => !allowTypeImports),
    { regex: `^\\.\\./(${closed})`, message },
    { regex: typesOnly, message, allowTypeImports: true },
    impurePackages,
  ];
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns, paths: [randomness] }],
      'no-restricted-syntax': ['error', ...dynamicImports(patterns), ...impureSyntax],
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: `${pureRule}.` }))],
    },
  };
}

/** `no-restricted-imports` does not look into `import()`: the same patterns, as syntax. */
function dynamicImports(patterns) {
  return patterns.map(({ regex, message }) => ({
    selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
    message,
  }));
}

/** The one mover, the act it stands on, and the pin beside it, which never gets traffic. */
const movers = [
  'release/shift.ts',
  'release/steps/alias/move-alias.ts',
  'release/steps/alias/pin-previous.ts',
];

const moverRule =
  'Only shift moves the live alias: src/release/shift.ts, with the one act in steps/alias/move-alias.ts.';

const moverPattern = { regex: '/move-alias\\.ts$', message: moverRule, allowTypeImports: true };

const moverSyntax = {
  selector: 'MemberExpression[property.name=/^(create|update)Alias$/]',
  message: moverRule,
};

function layerRules(layer, file) {
  const { pure = false } = layers[layer];
  const isBound = layer !== 'clients' && !movers.includes(file);
  const patterns = [...patternsOf(layer, file), ...(isBound ? [moverPattern] : [])];
  const restrictedImports = { patterns, ...(pure ? { paths: [randomness] } : {}) };
  return {
    files:
      layer === 'index' || file ? [`src/${file ?? 'index.ts'}`] : [`src/${layer}/**/*.ts`, `src/${layer}.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', restrictedImports],
      'no-restricted-syntax': [
        'error',
        ...dynamicImports(patterns),
        ...(pure ? impureSyntax : []),
        ...(isBound ? [moverSyntax] : []),
      ],
      'no-restricted-globals': [
        'error',
        ...(pure ? impureGlobals.map((name) => ({ name, message: `${pureRule}.` })) : []),
      ],
    },
  };
}

const testDoubles = [
  'mock',
  'unstable_mockModule',
  'doMock',
  'spyOn',
  'fn',
  'replaceProperty',
  'useFakeTimers',
];

export default tseslint.config(
  { ignores: ['build/', 'coverage/', 'dist/', 'node_modules/', '**/fixtures/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'max-depth': ['error', 4],
      eqeqeq: 'error',
      'no-else-return': 'error',
      'no-param-reassign': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',
      radix: 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-duplicates': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      // A user's log is written through the runner's port, where secrets are masked and commands are escaped.
      'no-console': 'error',
      'import-x/no-extraneous-dependencies': [
        'error',
        { devDependencies: false, packageDir: import.meta.dirname },
      ],
      // A file in no known folder may not exist: it would escape the direction rules.
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: `src/ holds ${Object.keys(layers).join(', ')}, and nothing else.` },
      ],
    },
  },
  ...Object.keys(layers).map((layer) => layerRules(layer)),
  ...Object.keys(pureFolders).map((folder) => pureRules(folder)),
  ...movers.map((file) => layerRules('release', file)),
  ...homes.flatMap(({ allowed }) =>
    allowed.filter((place) => place.includes('/')).map((place) => layerRules(place.split('/')[0], place)),
  ),
  {
    files: ['src/**/*.ts'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [
            {
              target: './src/actions',
              from: './src/actions',
              message: 'An action never calls another action; what two actions share is a plan or a step.',
            },
            {
              target: './src/commands',
              from: './src/commands',
              except: ['./command.ts', './frame', './check'],
              message:
                'A command never calls another command; what two commands share is in src/commands/frame.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['local/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '(^|/)\\.\\./(.*/)?src/',
              message:
                'local/ imports nothing of src/: it shows what AWS and GitHub do, not what we think they do.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['__tests__/**/*.ts'],
    rules: {
      // `describe` and a table of cases are functions too; a test file still has the length of one room.
      'max-lines-per-function': 'off',
      'no-restricted-properties': [
        'error',
        ...testDoubles.map((property) => ({
          object: 'jest',
          property,
          message:
            'The real clients run in every test, over local/; what needs a double is in the wrong place.',
        })),
      ],
    },
  },
);
