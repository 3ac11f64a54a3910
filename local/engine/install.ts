import { readFile } from 'node:fs/promises';
import { command } from './command.ts';

export type Log = (line: string) => void;

/** True where this project may install Debian packages by itself: root on Debian or Ubuntu. */
export async function mayInstallPackages(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/** Installs Debian packages without their recommendations. Returns apt's last words if it fails. */
export async function installPackages(packages: string[], log: Log): Promise<string | undefined> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another apt may run on a machine that has just booted: wait for its lock instead of failing.
  const lockTimeout = ['-o', 'DPkg::Lock::Timeout=300'];
  const update = await command('apt-get', [...lockTimeout, 'update'], { env });
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const result = await command('apt-get', [...lockTimeout, ...install], { env, onLine: progressOf(log) });
  if (result.code === 0) return undefined;
  return (result.stderr.trim() || update.stderr.trim()).split('\n').slice(-3).join(' ');
}

function progressOf(log: Log): (line: string) => void {
  return (line) => {
    if (/^(Setting up|Need to get|E:)/.test(line)) log(`  ${line}`);
  };
}
