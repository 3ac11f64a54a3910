import { expect, test } from '@jest/globals';
import { originOf } from '../../../src/commands/frame/repository.ts';

test.each([
  ['git@github.com:acme/iris.git', 'https://github.com', 'acme/iris'],
  ['https://github.com/acme/iris', 'https://github.com', 'acme/iris'],
  ['https://token@ghe.example.com/acme/iris.git/', 'https://ghe.example.com', 'acme/iris'],
  ['ssh://git@ghe.example.com:22/acme/iris.git', 'https://ghe.example.com', 'acme/iris'],
])('%s', (url, server, repository) => expect(originOf(url)).toEqual({ server, repository }));

test.each(['/srv/git/iris.git', 'file:///srv/acme/iris', '', '../iris'])(
  '%j is no repository on a server',
  (url) => expect(originOf(url)).toBeUndefined(),
);
