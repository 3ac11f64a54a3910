/** How long 1,000 samples take in a container of this machine, from its start to its removal, with a model that needs no time itself. */
import { openTrialMachine } from '../__tests__/harness/trial.ts';

const SAMPLES = 1_000;
const MODEL =
  'def handler(event, context):\n    return {"n": event["n"], "kind": "setosa", "scores": [0.1, 0.2, 0.7]}\n';

/**
 * Judging included. The container is a process of the harness's docker; the model answers at once. `own`: processor time of this
 * process alone, which serves the Runtime API and judges; the rest is docker's, the model's runtime's, and whatever else the machine does.
 */
export async function trialSeconds(): Promise<{ readonly seconds: number; readonly own: number }> {
  const machine = await openTrialMachine();
  try {
    await machine.build({ Dockerfile: 'FROM base\nCMD ["model.handler"]\n', 'model.py': MODEL });
    const samples = Array.from({ length: SAMPLES }, (_, n) => {
      const expected = { n, kind: 'setosa', scores: [0.1, 0.2, 0.7] };
      return { name: `row ${n}`, input: { n }, expected, tolerance: 0.001 };
    });
    const [started, before] = [performance.now(), process.cpuUsage()];
    await machine.attempt(samples);
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - started) / 1000, own: (user + system) / 1_000_000 };
  } finally {
    await machine.close();
  }
}
