import { expect, test } from '@jest/globals';
import { roleArn } from '../../../../src/release/steps/version/role-arn.ts';
import { createWorld } from '../../../harness/world.ts';
import { toolsOf } from '../../../surface/iam-scene.ts';

test.each([
  ['eu-central-1.amazonaws.com', 'aws'],
  ['cn-north-1.amazonaws.com.cn', 'aws-cn'],
  ['us-gov-west-1.amazonaws.com', 'aws-us-gov'],
])('a name becomes an ARN of the account and partition of the image (%s)', async (host, partition) => {
  const images = { imageUri: `210987654321.dkr.ecr.${host}/iris:1`, repository: 'iris' };
  const tools = toolsOf(createWorld());
  expect(await roleArn(tools, 'iris', images)).toBe(`arn:${partition}:iam::210987654321:role/iris`);
  const given = 'arn:aws:iam::111111111111:role/path/iris';
  expect(await roleArn(tools, given, images)).toBe(given);
});
