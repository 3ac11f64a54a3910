import { rollbackAction } from '../actions/rollback.ts';
import { rollbackFields } from '../inputs/rollback-inputs.ts';
import type { Command } from './command.ts';
import { runRelease } from './frame/release.ts';

export const rollbackFromTerminal: Command = {
  name: 'rollback',
  summary: 'Go back to the previous release, or to a named one.',
  flags: rollbackFields,
  says: {},
  run: (context) => runRelease(rollbackAction, context),
};
