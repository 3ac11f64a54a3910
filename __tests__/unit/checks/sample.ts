/** A sample as a line of the file gives it: whatever a test writes goes through the reader. */
import { readSamples } from '../../../src/checks/read-samples.ts';
import type { Sample } from '../../../src/checks/samples.ts';

export function sampleOf(fields: Readonly<Record<string, unknown>>): Sample {
  const [sample] = readSamples('s.jsonl', JSON.stringify({ name: 's', input: {}, ...fields }));
  if (sample === undefined) throw new Error('the line holds no sample');
  return sample;
}
