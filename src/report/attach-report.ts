/** The report of attach: a function of its result, and nothing else. */
import type { AttachResult } from '../fleet/result.ts';
import type { Report } from '../run/finish.ts';
import { plural } from '../words.ts';
import { attachOutputs } from './attach-outputs.ts';
import { attachSummary } from './attach-summary.ts';

export function attachReport(result: AttachResult, docs?: string): Report {
  const { outcome, failure, warnings } = result;
  return {
    outputs: attachOutputs(result),
    files: [
      {
        output: 'report',
        name: 'model-release-attach.json',
        text: `${JSON.stringify(result, null, 2)}\n`,
      },
    ],
    summary: attachSummary(result, { docs }),
    warnings: warnings.map((message) => ({ message, title: 'attach' })),
    failures: failure === undefined ? [] : [failure],
    closing: `${outcome}: ${plural(result.rows.length, 'repository', 'repositories')}`,
    isGreen: outcome === 'ok',
  };
}
