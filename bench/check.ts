/** `check` of the template, over an empty Node script. Both take turns; medians are compared. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, toExit } from './startup.ts';

const root = join(import.meta.dirname, '..');

export interface CheckTime {
  /** Milliseconds, medians. */
  readonly empty: number;
  readonly check: number;
  readonly checkOverEmpty: number;
}

/** @param program the command line; it is run as it is committed by default. */
export async function checkTime(rounds = 15, program = join(root, 'dist/cli.js')): Promise<CheckTime> {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build:dist`);
  const folder = mkdtempSync(join(tmpdir(), 'model-release-bench-'));
  const times = { empty: [] as number[], check: [] as number[] };
  try {
    cpSync(join(root, 'template'), folder, { recursive: true });
    mkdirSync(join(folder, '.github/workflows'), { recursive: true });
    cpSync(join(root, 'workflows/rollback.yml'), join(folder, '.github/workflows/rollback.yml'));
    writeFileSync(join(folder, 'empty.mjs'), '');
    for (let round = 0; round <= rounds; round += 1) {
      const empty = await toExit(join(folder, 'empty.mjs'), folder);
      const check = await toExit(program, folder, ['check']);
      // The first round warms the file cache.
      if (round === 0) continue;
      times.empty.push(empty);
      times.check.push(check);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [empty, check] = [median(times.empty), median(times.check)];
  return { empty, check, checkOverEmpty: check / empty };
}
