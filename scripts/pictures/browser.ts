/** The real browser that takes the pictures, and sees their pages in the tests: Debian's Chromium. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { installPackages, mayInstallPackages, type Log } from '../../local/engine/install.ts';
import { withMachineLock } from '../../local/engine/lock.ts';

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const PACKAGES = ['chromium', 'fonts-dejavu-core', 'fonts-noto-color-emoji'];

/** Why there is no browser, and what to do; undefined where there is one. */
export function noBrowser(): string | undefined {
  if (existsSync(PROGRAM)) return undefined;
  const install = `apt-get install -y --no-install-recommends ${PACKAGES.join(' ')}`;
  return `There is no browser at ${PROGRAM}. Run: ${install}; or name another Chromium in CHROMIUM.`;
}

/** Installs one where it is missing and this project may do so. Where none can be had, {@link noBrowser} stays. */
export async function bringBrowser(log: Log): Promise<void> {
  await withMachineLock('browser', async () => {
    if (noBrowser() === undefined || !(await mayInstallPackages())) return;
    log(`No browser at ${PROGRAM}: installing ${PACKAGES.join(', ')} (apt-get update && apt-get install).`);
    const failure = await installPackages(PACKAGES, log);
    if (failure !== undefined) log(`Chromium could not be installed: ${failure}`);
  });
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
}
