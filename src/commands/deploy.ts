import { deployAction } from '../actions/deploy.ts';
import { deployFields } from '../inputs/deploy-inputs.ts';
import type { Command } from './command.ts';
import { runRelease } from './frame/release.ts';

export const deployFromTerminal: Command = {
  name: 'deploy',
  summary: 'Test, build and release the commit that is checked out.',
  flags: deployFields,
  says: {},
  run: (context) => runRelease(deployAction, context),
};
