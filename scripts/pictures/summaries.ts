/** The summaries of the pictures: of real runs over the local AWS, with a virtual clock and without chance. */
import { commit, createWorld } from '../../__tests__/harness/world.ts';
import { ROLE } from '../../__tests__/harness/fixtures.ts';
import { ended, shellOf } from '../../__tests__/harness/shell.ts';

const SAMPLES = [
  ['setosa', [5.1, 3.5, 1.4, 0.2], 0.98],
  ['versicolor', [6, 2.9, 4.5, 1.5], 0.91],
  ['virginica', [6.3, 3.3, 6, 2.5], 0.97],
] as const;

/** Name of the picture → Markdown of the summary. */
export async function summaries(): Promise<Readonly<Record<'release' | 'refused', string>>> {
  const world = createWorld({ region: 'eu-central-1' });
  const file = SAMPLES.map(([name, input, probability]) =>
    JSON.stringify({ name, input: { features: input }, expected: { species: name, probability } }),
  );
  const files = { 'tests/samples.jsonl': `${file.join('\n')}\n` };
  const image = (id: string, kilobytes: number, species?: string) =>
    world.image(id, {
      content: `${id}${' '.repeat(kilobytes * 1000)}`,
      program: (event) => {
        const { features = [] } = event as { readonly features?: readonly number[] };
        const [name, , probability] = SAMPLES.find(([, input]) => input[2] === features[2]) ?? SAMPLES[0];
        return { species: name === 'versicolor' ? (species ?? name) : name, probability };
      },
    });
  const shell = shellOf((command) => {
    const line = '18 passed in 2.14s';
    if ('onLine' in command) command.onLine?.(line);
    return ended(line);
  });
  const tests = { 'unit-tests': 'pytest tests/unit', 'integration-tests': 'pytest tests/integration' };
  const inputs = { 'function-name': 'iris', 'ecr-repository': 'iris', environment: 'prod', ...tests };
  const env = { GITHUB_WORKSPACE: process.cwd(), GITHUB_ACTOR: 'ada', ...GITHUB };
  const release = async (id: string, more: Readonly<Record<string, string>> = {}) => {
    await world.aws.clock.sleep(3_600_000);
    const options = { commit: id, files, shell, env, random: () => 0 };
    return (await world.deploy({ ...inputs, ...more }, options)).runner.summaryText;
  };
  image(commit(0x1f3a), 1180);
  image(commit(0x72bc), 1240);
  image(commit(0x9ed4), 1410, 'virginica');
  await release(commit(0x1f3a), { create: 'true', role: ROLE });
  const released = await release(commit(0x72bc), { 'memory-size': '1024' });
  return { release: released, refused: await release(commit(0x9ed4)) };
}

const GITHUB = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/iris',
  GITHUB_ACTION_REPOSITORY: 'acme/model-release',
  GITHUB_ACTION_REF: 'v1',
} as const;
