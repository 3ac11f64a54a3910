/** Inputs of the image: what docker is asked. */
import { resolve } from 'node:path';
import type { LongCommand } from '../../src/clients/shell.ts';
import type { DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { deployTarget } from '../../src/release/plan/target.ts';
import { buildImage } from '../../src/release/steps/image/build-image.ts';
import * as meant from './hostile-meanings.ts';
import type { Outside } from './hostile-outside.ts';
import { COMMIT, DIGEST, RUN, type Probe } from './hostile-probe.ts';

/** The arguments with which docker was asked to build, and everything around them. */
async function built(outside: Outside, inputs: DeployInputs): Promise<LongCommand> {
  outside.commands.length = 0;
  await buildImage(outside.tools, {
    ...inputs,
    builder: { kind: 'buildx', version: '0.30.0' },
    workspace: outside.workspace,
    reference: `registry.example.com/iris:${COMMIT}`,
    architecture: 'x86_64',
    revision: COMMIT,
    source: 'https://github.com/acme/iris',
    timeoutMs: inputs.buildTimeout * 60_000,
  });
  const [build] = outside.commands;
  if (build === undefined) throw new Error('docker was not asked to build');
  return build;
}

/** Arguments of a build without any option: --platform, --file, --tag, two labels, and what the builder needs. */
const PLAIN_ARGS = 13;

/** The values of one option. Any further argument would be one that a value smuggled in. */
const option =
  (name: string, ours = 0) =>
  async (outside: Outside, inputs: DeployInputs): Promise<unknown> => {
    const { args } = await built(outside, inputs);
    const values = args
      .filter((arg) => arg.startsWith(`--${name}=`))
      .map((arg) => arg.slice(name.length + 3));
    const further = args.length - PLAIN_ARGS - (values.length - ours);
    return further === 0 ? values.slice(0, values.length - ours) : { values, further };
  };

const lines = (text: string) => meant.lines(text).map((line) => line.trimStart());

export const image: Readonly<Record<string, Probe<DeployInputs>>> = {
  'image-uri': {
    valid: [
      `123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris@${DIGEST}`,
      'registry.example.com:5000/team/iris:v1.2',
    ],
    arrives: async (outside, inputs) => {
      const { repository, image: id, wish } = deployTarget(inputs, RUN);
      const { body } = await outside.sentBy(({ ecr }) => ecr.batchGetImage(repository, [id]));
      const [asked] = body['imageIds'] as readonly { imageTag?: string; imageDigest?: string }[];
      const { imageTag, imageDigest } = asked ?? {};
      const host = wish.imageName.split('/')[0];
      return `${host}/${body['repositoryName']}${imageTag === undefined ? `@${imageDigest}` : `:${imageTag}`}`;
    },
  },
  context: {
    valid: ['.', 'models/iris', 'a b'],
    meant: (text, outside) => resolve(outside.workspace, text.trim()),
    arrives: (outside, inputs) =>
      outside.withFile(`${inputs.context}/Dockerfile`, '', async () =>
        (await built(outside, inputs)).args.at(-1),
      ),
  },
  file: {
    valid: ['Dockerfile', 'docker/Dockerfile.cpu'],
    meant: (text, outside) => [resolve(outside.workspace, text.trim())],
    arrives: (outside, inputs) =>
      outside.withFile(inputs.file ?? '', '', async () => {
        const { args } = await built(outside, inputs);
        return args.filter((arg) => arg.startsWith('--file=')).map((arg) => arg.slice(7));
      }),
  },
  'build-args': { valid: ['PYTHON=3.12', 'A=1\nB=2 3'], meant: lines, arrives: option('build-arg') },
  secrets: {
    valid: ['pip=hunter2hunter2', 'A=1\nB=two words'],
    secret: true,
    meant: (text) =>
      lines(text).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    arrives: async (outside, inputs) => {
      const { args, env = {} } = await built(outside, inputs);
      const given = args.filter((arg) => arg.startsWith('--secret='));
      if (args.length !== PLAIN_ARGS + given.length) return args;
      return given.map((arg) => {
        const [, id, variable] = /^--secret=id=([^,]*),env=(\w+)$/.exec(arg) ?? [];
        return [id, env[variable ?? '']];
      });
    },
  },
  'secret-files': {
    valid: ['pip=pip.conf', 'A=keys/a\nB=keys/b, "c"'],
    meant: (text, outside) =>
      lines(text).map((line) => [
        line.slice(0, line.indexOf('=')),
        resolve(outside.workspace, line.slice(line.indexOf('=') + 1)),
      ]),
    arrives: async (outside, inputs) => {
      const paths = inputs.secretFiles.map((line) => line.slice(line.indexOf('=') + 1));
      const { args } = await paths.reduce<() => Promise<LongCommand>>(
        (look, path) => () => outside.withFile(path, 'x', look),
        () => built(outside, inputs),
      )();
      const given = args.filter((arg) => arg.startsWith('--secret='));
      if (args.length !== PLAIN_ARGS + given.length) return args;
      return given.map((arg) => {
        const [id, source] = meant.csv(arg.slice('--secret='.length));
        return [id?.replace(/^id=/, ''), source?.replace(/^src=/, '')];
      });
    },
  },
  labels: { valid: ['team=ml', 'a.b/c=1 2'], meant: lines, arrives: option('label', 2) },
  target: { valid: ['runtime', 'stage_2.a'], meant: (text) => [text.trim()], arrives: option('target') },
  'cache-from': {
    valid: ['type=gha', 'type=registry,ref=example.com/cache'],
    meant: meant.lines,
    arrives: option('cache-from'),
  },
  'cache-to': { valid: ['type=gha,mode=max'], meant: meant.lines, arrives: option('cache-to') },
  pull: {
    valid: ['true', 'false'],
    meant: meant.word,
    arrives: async (o, i) => (await built(o, i)).args.includes('--pull'),
  },
  'no-cache': {
    valid: ['true', 'false'],
    meant: meant.word,
    arrives: async (o, i) => (await built(o, i)).args.includes('--no-cache'),
  },
  network: { valid: ['host', 'container:abc'], meant: (text) => [text.trim()], arrives: option('network') },
  'build-timeout': {
    valid: ['60', '1'],
    meant: meant.number,
    arrives: async (o, i) => ((await built(o, i)).timeoutMs ?? 0) / 60_000,
  },
};
