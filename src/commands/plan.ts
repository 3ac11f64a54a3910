import { deployAction } from '../actions/deploy.ts';
import { deployFields } from '../inputs/deploy-inputs.ts';
import type { Command } from './command.ts';
import { runRelease } from './frame/release.ts';

/** All but the one that makes a deploy a plan. */
const { 'dry-run': _dryRun, ...flags } = deployFields;

export const planFromTerminal: Command = {
  name: 'plan',
  summary: 'Show what deploy would do; nothing is changed.',
  flags,
  says: {},
  run: (context) =>
    runRelease(deployAction, { ...context, given: new Map([...context.given, ['dry-run', 'true']]) }),
};
