/** A person at a terminal in front of a local AWS and a local GitHub, with a model that nothing is set up for. */
import { VirtualClock } from '../../local/clock.ts';
import { createLocalGitHub, type LocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import type { Repository } from '../../local/github/state.ts';
import { openCommandLine, type CommandLine, type Typed } from './command-line.ts';

export const STACK = 'model-release-acme-iris-prod';
export const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';

const CONFIG = `function-name: iris
ecr-repository: iris
create: true
role: iris-execution
`;

const ARGS = ['setup', '--environment', 'prod', '--repository', 'acme/iris'];

/** What the first set-up writes, in its order. */
export const ALL_WRITES: readonly string[] = [
  'CreateChangeSet',
  'ExecuteChangeSet',
  'repos/create-or-update-environment',
  'repos/create-deployment-branch-policy',
  'actions/create-environment-variable',
  'actions/create-environment-variable',
];

export interface SetupScene {
  readonly line: CommandLine;
  readonly github: LocalGitHub;
  readonly repository: Repository;
  setup(...more: readonly string[]): Promise<Typed>;
  withoutToken(...more: readonly string[]): Promise<Typed>;
  /** Operations of AWS and of GitHub that changed something. */
  writes(): readonly string[];
}

export async function openSetup(): Promise<SetupScene> {
  const line = await openCommandLine();
  await line.checkouts.write({ 'iris/.model-release.yml': CONFIG });
  const github = createLocalGitHub({ clock: new VirtualClock() });
  seedOwner(github.state, 'acme');
  const permissions = { actions: 'read', administration: 'write', environments: 'write' } as const;
  seedToken(github.state, 'token', { kind: 'user', login: 'ada', permissions });
  const repository = seedRepository(github.state, ['acme', 'iris'], { files: { 'README.md': 'iris' } });
  const { aws } = line.world;
  return {
    line,
    github,
    repository,
    setup: (...more) => line.type([...ARGS, ...more], { env: { GITHUB_TOKEN: 'token' }, github }),
    withoutToken: (...more) => line.type([...ARGS, ...more], { github }),
    writes: () =>
      [...aws.calls, ...github.calls].filter(({ isWrite }) => isWrite).map(({ operation }) => operation),
  };
}
