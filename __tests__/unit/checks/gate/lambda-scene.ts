/** Two published versions of a function with programs of their own, and tools on them: 1 is live, 2 is the candidate. */
import type { LocalAwsOptions } from '../../../../local/aws/aws.ts';
import type { FiguresOf, Program, ProgramRuntime } from '../../../../local/aws/runtime.ts';
import { requestHandlerFor } from '../../../../local/transports/in-process.ts';
import type { TrialRow } from '../../../../src/checks/gate/trial.ts';
import { buildTools, type Tools } from '../../../../src/clients/tools.ts';
import { noPermits } from '../../../../src/clients/writes.ts';
import { ACCOUNT } from '../../../harness/world.ts';
import { shellOf } from '../../../harness/shell.ts';
import { released, type Released } from '../../../local-aws/clients.ts';
import { sampleOf } from '../sample.ts';

export interface LambdaScene extends Released {
  readonly tools: Tools;
  readonly lines: string[];
  readonly stop: AbortController;
  /** The marks of all invocations, in their order. */
  readonly marks: unknown[];
}

interface Programs {
  readonly live?: Program;
  readonly candidate?: Program;
  readonly figures?: FiguresOf;
}

export function lambdaScene(programs: Programs = {}, options: LocalAwsOptions = {}): LambdaScene {
  const made = released({ region: ACCOUNT.region, ...options });
  const { aws, images } = made;
  const [lines, marks]: [string[], unknown[]] = [[], []];
  const echo: Program = (event) => event;
  const marked =
    (program: Program): Program =>
    (event, environment, invocation) => {
      marks.push((JSON.parse(invocation.clientContext ?? '{}') as { custom?: object }).custom);
      return program(event, environment, invocation);
    };
  const runtime = aws.runtime as ProgramRuntime;
  runtime.set(images[0].digest, marked(programs.live ?? echo), programs.figures);
  runtime.set(images[1].digest, marked(programs.candidate ?? echo), programs.figures);
  const stop = new AbortController();
  const tools = buildTools({
    aws: { ...ACCOUNT, requestHandler: requestHandlerFor(aws) },
    clock: aws.clock,
    random: () => 0.5,
    shell: shellOf(() => Promise.reject(new Error('no program runs here'))),
    log: { info: (line) => void lines.push(line), warning: (line) => void lines.push(line) },
    signal: stop.signal,
    readOnly: false,
    permits: noPermits,
    secret: () => Promise.resolve(),
    env: {},
  });
  return { ...made, tools, lines, stop, marks };
}

/** Rows with the inputs 1, 2, … */
export function rowsOf(count: number, from: TrialRow['from'] = 'samples'): readonly TrialRow[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `row ${index + 1}`,
    line: index + 1,
    from,
    sample: { ...sampleOf({ input: index + 1 }), line: index + 1 },
  }));
}
