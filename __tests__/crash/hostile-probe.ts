/** What a probe of an input is, and what probes share. */
import type { DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readIdentity } from '../../src/inputs/identity.ts';
import type { RollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import type { Digest } from '../../src/types.ts';
import { loadSamples } from '../../src/checks/load-samples.ts';
import * as meant from './hostile-meanings.ts';
import type { Outside } from './hostile-outside.ts';

export type Shared = Pick<DeployInputs, Extract<keyof DeployInputs, keyof RollbackInputs>>;

export interface Probe<Inputs> {
  readonly valid: readonly [string, ...string[]];
  /** Other inputs that this one does not go without, and a configuration file. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly file?: (text: string) => string;
  /** It must never show, not even in the message that refuses it. */
  readonly secret?: true;
  /** What has to arrive, told from the text by other means than those under test; by default the text without blanks around it. */
  readonly meant?: (text: string, outside: Outside) => unknown;
  /** What arrived. @throws UserError when it was refused later than by the inputs, still before any call. */
  readonly arrives: (outside: Outside, inputs: Inputs, text: string) => unknown;
}

export const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const RUN = readIdentity(
  { GITHUB_RUN_ID: '7', GITHUB_SHA: COMMIT, GITHUB_REPOSITORY: 'acme/iris' },
  undefined,
);
export const SAMPLE = { name: 'typical', line: 1, input: '{"x":1}', tolerance: 0, relativeTolerance: 0 };
const MARK = `${JSON.stringify({ name: 'marked', input: {} })}\n`;

/** A flag, a number or a word of a few has no room for more than its value: the typed value is what arrives. */
export function closed<Inputs extends object>(
  name: keyof Inputs,
  ...valid: [string, ...string[]]
): Probe<Inputs> {
  return { valid, meant: meant.word, arrives: (_, inputs) => inputs[name] };
}

export async function imageAsked(
  outside: Outside,
  id: { tag: string } | { digest: Digest },
  member: string,
): Promise<unknown> {
  const { body } = await outside.sentBy(({ ecr }) => ecr.batchGetImage('iris', [id]));
  return (body['imageIds'] as readonly Record<string, string>[])[0]?.[member];
}

export const samplesRead: Pick<Probe<Pick<DeployInputs, 'samples' | 'workingDirectory'>>, 'arrives'> = {
  arrives: async (outside, inputs) => {
    const path =
      inputs.workingDirectory === '.' ? inputs.samples : `${inputs.workingDirectory}/${inputs.samples}`;
    return outside.withFile(path, MARK, async () =>
      (await loadSamples(outside.tools, inputs)).map(({ name }) => name),
    );
  },
};

export const samples: Probe<Pick<DeployInputs, 'samples' | 'workingDirectory'>> = {
  valid: ['tests/other.jsonl', 'none', 'a b/c.jsonl'],
  meant: (text, outside) => {
    if (text.trim() === 'none') return [];
    return [outside.isKept(text.trim()) ? 'typical' : 'marked'];
  },
  ...samplesRead,
};
