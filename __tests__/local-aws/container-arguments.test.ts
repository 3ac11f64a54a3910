/** What `docker run` is given for a function: Lambda's settings in Docker's words. */
import { expect, test } from '@jest/globals';
import type { Invocation } from '../../local/aws/runtime.ts';
import { containerArguments } from '../../local/runtime/container.ts';

const IMAGE = 'registry/iris@sha256:1';

/** The flags that replace something of the image, and what stands from the image on. */
function started(imageConfig?: Invocation['imageConfig']) {
  const invocation: Invocation = {
    functionName: 'iris',
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:iris:1',
    version: '1',
    imageUri: IMAGE,
    digest: 'sha256:1',
    architecture: 'x86_64',
    environment: {},
    memorySizeMb: 128,
    timeoutS: 3,
    payload: new Uint8Array(),
    deadline: 0,
    requestId: 'r',
    ...(imageConfig && { imageConfig }),
  };
  const host = { network: { hostName: 'host' }, region: 'eu-west-1', name: 'iris-1', port: 1 };
  const all = containerArguments(invocation, host);
  const image = all.indexOf(IMAGE);
  return {
    flags: all.slice(0, image).filter((flag) => /^--(entrypoint|workdir)/.test(flag)),
    after: all.slice(image),
  };
}

test('the image starts as it says itself where the function says nothing', () => {
  expect(started()).toEqual({ flags: [], after: [IMAGE] });
  expect(started({ EntryPoint: [], Command: [], WorkingDirectory: '' })).toEqual({
    flags: [],
    after: [IMAGE],
  });
});

test('a command, an entry point of several words and a working directory replace those of the image', () => {
  expect(started({ Command: ['app.handler', 'a b'] })).toEqual({
    flags: [],
    after: [IMAGE, 'app.handler', 'a b'],
  });
  expect(
    started({
      EntryPoint: ['python3', '-m', 'awslambdaric'],
      Command: ['app.handler'],
      WorkingDirectory: '/srv',
    }),
  ).toEqual({
    flags: ['--workdir=/srv', '--entrypoint=python3'],
    after: [IMAGE, '-m', 'awslambdaric', 'app.handler'],
  });
});
