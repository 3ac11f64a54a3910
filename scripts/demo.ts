/** ./demo: what a person sees. The scenes are in demo/scenes.ts, what they run on in demo/world.ts. */
import { playScenes } from './demo/scenes.ts';
import { play } from './demo/stage.ts';

process.exitCode = await play(
  {
    title: 'model-release: a model from a push to production, and back',
    played:
      'Only AWS is played, by local/: docker builds, pushes and runs, scikit-learn answers, the SDK calls.',
    actions: ['deploy', 'rollback'],
    scenes: playScenes,
    next: [
      ['npm test', 'everything this project promises, proven'],
      ['npm run local', 'this local AWS for a workflow of your own'],
      ['./demo diff', 'what a pull request would change, before it is merged'],
      ['./demo attach', '200 repositories brought in sync'],
      ['less examples/workflows/release.yml', 'the workflow that does this on AWS'],
    ],
  },
  process.argv.slice(2),
);
