/** ./demo diff: what a pull request would change for those who call the model, before anything is pushed to AWS. */
import { playDiff } from './demo/diff-scenes.ts';
import { play } from './demo/stage.ts';

process.exitCode = await play(
  {
    title: 'model-release: what a pull request would change for those who call the model',
    played: 'Only AWS and GitHub are played, by local/: docker builds and runs, scikit-learn answers.',
    actions: ['deploy', 'plan'],
    scenes: playDiff,
    next: [
      ['./demo', 'from a push to production, and back'],
      ['less docs/gate.md', 'what is measured, and the limits that refuse a release'],
    ],
  },
  process.argv.slice(2),
);
