import type { ReportLine } from './trial.ts';

const TEXT = /^REPORT RequestId: .*$/m;

/** Temporary. */
export function readReport(tail: string): ReportLine | undefined {
  const line = TEXT.exec(tail)?.[0];
  if (line === undefined) return undefined;
  const value = (name: string) => {
    const [, found] = new RegExp(`\\t${name}: ([\\d.]+) M?ms?B?`, 'i').exec(line) ?? [];
    const [, size] = new RegExp(`\\t${name}: ([\\d.]+) MB`).exec(line) ?? [];
    const text = found ?? size;
    return text === undefined ? undefined : Number(text);
  };
  return {
    durationMs: value('Duration'),
    billedMs: value('Billed Duration'),
    initMs: value('Init Duration'),
    restoreMs: value('Restore Duration'),
    memoryMb: value('Memory Size'),
    usedMb: value('Max Memory Used'),
    status: /Status: timeout/.test(line) ? 'timeout' : /Status: error/.test(line) ? 'error' : 'success',
    errorType: /Error Type: (\S+)/.exec(line)?.[1],
  };
}
