/** How long 1,000 samples take in a container of this machine, from its start to its removal, with a model that needs no time itself. */
import { openTrialMachine } from '../__tests__/harness/trial.ts';

const SAMPLES = 1_000;
const MODEL =
  'def handler(event, context):\n    return {"n": event["n"], "kind": "setosa", "scores": [0.1, 0.2, 0.7]}\n';

/** Seconds, judging included. The container is a process of the harness's docker; the model answers at once. */
export async function trialSeconds(): Promise<number> {
  const machine = await openTrialMachine();
  try {
    await machine.build({ Dockerfile: 'FROM base\nCMD ["model.handler"]\n', 'model.py': MODEL });
    const samples = Array.from({ length: SAMPLES }, (_, n) => {
      const expected = { n, kind: 'setosa', scores: [0.1, 0.2, 0.7] };
      return { name: `row ${n}`, input: { n }, expected, tolerance: 0.001 };
    });
    const started = performance.now();
    await machine.attempt(samples);
    return (performance.now() - started) / 1000;
  } finally {
    await machine.close();
  }
}
