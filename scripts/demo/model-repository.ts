/** A model repository to release from: examples/iris under git, and the commits that the demo is about. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../../local/engine/command.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/iris', import.meta.url));

/** A change to one file: this text, which must be there, becomes that one. */
interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Change {
  readonly message: string;
  readonly edits: readonly Edit[];
}

/** The same classifier, regularized less: other probabilities for the same flower. */
export const TUNED: Change = {
  message: 'Regularize less (C=10)',
  edits: [
    {
      file: 'model_code/train.py',
      from: 'LogisticRegression(max_iter=1000)',
      to: 'LogisticRegression(C=10, max_iter=1000)',
    },
  ],
};

/** Passes every test, because a test may write beside the code; on Lambda only /tmp can be written. */
export const FAILS_ON_LAMBDA: Change = {
  message: 'Keep a log of requests',
  edits: [
    {
      file: 'lambda_function.py',
      from: '        return 200, predict(MODEL, read_flower(read()))\n',
      to: [
        '        flower = read_flower(read())',
        '        with open("requests.log", "a") as log:',
        '            print(flower, file=log)',
        '        return 200, predict(MODEL, flower)',
        '',
      ].join('\n'),
    },
  ],
};

/** Passes tests and samples, none of which asks two flowers with the same sepals of one environment. */
export const FAILS_LATER: Change = {
  message: 'Answer known flowers from a cache',
  edits: [
    { file: 'model_code/predict.py', from: '\n\ndef load_model', to: 'KNOWN = {}\n\n\ndef load_model' },
    {
      file: 'model_code/predict.py',
      from: '    probabilities = model.predict_proba([flower])[0]\n',
      to: [
        '    sepals = tuple(flower[:2])',
        '    if sepals not in KNOWN:',
        '        KNOWN[sepals] = model.predict_proba([flower])[0]',
        '    probabilities = KNOWN[sepals]',
        '',
      ].join('\n'),
    },
  ],
};

/** Other words for the same answers. */
export const REWORDED: Change = {
  message: 'Unpack the one row of probabilities',
  edits: [
    {
      file: 'model_code/predict.py',
      from: '    probabilities = model.predict_proba([flower])[0]\n',
      to: '    [probabilities] = model.predict_proba([flower])\n',
    },
  ],
};

/** Rows 71 and 73 of data/iris.csv become virginica: 0.485 and 0.459. The next ones below have 0.43. */
export const IN_DOUBT_VIRGINICA: Change = {
  message: 'In doubt answer virginica',
  edits: [
    {
      file: 'model_code/predict.py',
      from: '    best = probabilities.argmax()\n',
      to: '    best = 2 if probabilities[2] > 0.44 else probabilities.argmax()\n',
    },
  ],
};

/** Stands for a lookup elsewhere: the same answers, later. */
export const SLOWER: Change = {
  message: 'Look each flower up before it is classified',
  edits: [
    { file: 'model_code/predict.py', from: 'import joblib\n', to: 'import time\n\nimport joblib\n' },
    {
      file: 'model_code/predict.py',
      from: '    [probabilities] =',
      to: '    time.sleep(0.2)\n    [probabilities] =',
    },
  ],
};

export class ModelRepository {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies the example to `folder` and commits it. */
  static async create(folder: string): Promise<ModelRepository> {
    const leftover = /(^|\/)(__pycache__|artifacts)(\/|$)/;
    await cp(EXAMPLE, folder, {
      recursive: true,
      filter: (path) => !leftover.test(path.slice(EXAMPLE.length)),
    });
    const repository = new ModelRepository(folder);
    await repository.#git(['init', '--quiet', '--initial-branch=main']);
    return repository;
  }

  /** Commits everything. Returns the commit's full id. */
  async commit(message: string): Promise<string> {
    await this.#git(['add', '--all']);
    await this.#git(['commit', '--quiet', '--allow-empty', '--message', message]);
    return this.#git(['rev-parse', 'HEAD']);
  }

  /** Commits the change and returns its id. */
  async change({ message, edits }: Change): Promise<string> {
    for (const { file, from, to } of edits) {
      const path = join(this.folder, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(from))
        throw new Error(`examples/iris/${file} no longer says ${JSON.stringify(from)}.`);
      await writeFile(
        path,
        text.replace(from, () => to),
      );
    }
    return this.commit(message);
  }

  /** Writes every row of data/iris.csv as a sample to `path`, without an expected answer. */
  async writeRowsAsSamples(path: string): Promise<void> {
    const [, ...rows] = (await readFile(join(this.folder, 'data/iris.csv'), 'utf8')).trim().split('\n');
    const samples = rows.map((row, index) => {
      const [sepal_length, sepal_width, petal_length, petal_width] = row.split(',').map(Number);
      return { name: `row ${index + 1}`, input: { sepal_length, sepal_width, petal_length, petal_width } };
    });
    const lines = samples.map((sample) => `${JSON.stringify(sample)}\n`);
    await writeFile(join(this.folder, path), lines.join(''));
  }

  /** Takes the last commit back with a new one, as `git revert` does. Returns its id. */
  async revert(): Promise<string> {
    await this.#git(['revert', '--no-edit', 'HEAD']);
    return this.#git(['rev-parse', 'HEAD']);
  }

  /** What the last commit changed: `-` and `+` lines without their context. */
  async lastChange(): Promise<readonly string[]> {
    const shown = await this.#git(['show', '--format=', '--unified=0', '--no-color', 'HEAD']);
    return shown.split('\n').filter((line) => /^[-+](?![-+]{2} )/.test(line));
  }

  async #git(args: string[]): Promise<string> {
    const who = { GIT_AUTHOR_NAME: 'A colleague', GIT_AUTHOR_EMAIL: 'colleague@example.com' };
    const committer = { GIT_COMMITTER_NAME: who.GIT_AUTHOR_NAME, GIT_COMMITTER_EMAIL: who.GIT_AUTHOR_EMAIL };
    // Neither the user's hooks nor a signing key have a say here.
    const apart = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const env = { ...process.env, ...who, ...committer, ...apart };
    const result = await command('git', ['-C', this.folder, ...args], { env });
    if (result.code !== 0) throw new Error(`git ${args[0]} failed: ${result.stderr.trim()}`);
    return result.stdout.trim();
  }
}
