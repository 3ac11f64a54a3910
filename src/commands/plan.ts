import { deployAction } from '../actions/deploy.ts';
import { planAction } from '../actions/plan.ts';
import { deployFields } from '../inputs/deploy-inputs.ts';
import { flag } from '../inputs/kinds.ts';
import type { Command } from './command.ts';
import { runRelease } from './frame/release.ts';

/** All but the one that makes a deploy a plan. */
const { 'dry-run': _dryRun, ...flags } = deployFields;

export const planFromTerminal: Command = {
  name: 'plan',
  summary: 'Show what deploy would do; nothing is changed.',
  flags: { ...flags, build: flag({ fallback: 'false' }) },
  says: {
    build:
      'Build the image, run the tests, send the image the samples, and compare its answers with those of what is live. Default: false.',
  },
  run: (context) => {
    const { given } = context;
    // A pull request's comment is written by its own run.
    if (given.get('build') === 'true')
      return runRelease(planAction, { ...context, given: new Map([...given, ['comment', 'false']]) });
    return runRelease(deployAction, { ...context, given: new Map([...given, ['dry-run', 'true']]) });
  },
};
