import { expect, test } from '@jest/globals';
import { unpinnedId } from '../../../src/fleet/plan/pins.ts';
import { blobId } from '../../../src/fleet/plan/wanted.ts';

const SHA = 'a1b2c3d4e5'.repeat(4);
const CALLED = 'tools/release/.github/workflows/release.yml';

function workflow(call: string): string {
  return `jobs:\n  job:\n    uses: ${call}\n    with: { config: x }\n`;
}

function isUnpinnedTo(call: string, wanted: string): boolean {
  return unpinnedId(workflow(call), Buffer.from(workflow(wanted))) === blobId(Buffer.from(workflow(wanted)));
}

test.each([
  ['v1', `${CALLED}@${SHA} # v1.2.3`],
  ['v1', `${CALLED}@${SHA} # v1`],
  ['v1', `${CALLED}@${SHA} # v1.2`],
  ['v1', `${CALLED}@${SHA} #v1.2.3`],
  ['v1', `${CALLED}@${SHA} # tag=v1.2.3`],
  ['v1', `${CALLED}@${SHA} # pin @v1`],
  ['v1', `${CALLED}@${'b'.repeat(64)} # v1.2.3`],
  ['v1', `"${CALLED}@${SHA}" # v1.2.3`.replaceAll('"', '')],
  ['v1', `${CALLED}@v1.2.3`],
  ['v1', `${CALLED}@v1.2`],
  ['v1.2', `${CALLED}@${SHA} # v1.2.0`],
  ['v1.2.3', `${CALLED}@${SHA} # v1.2.3`],
  ['main', `${CALLED}@${SHA} # main`],
])('of %s, a pin of the same version: %s', (version, call) => {
  expect(isUnpinnedTo(call, `${CALLED}@${version}`)).toBe(true);
});

test.each([
  ['v1', `${CALLED}@${SHA}`],
  ['v1', `${CALLED}@${SHA} # ours`],
  ['v1', `${CALLED}@${SHA} # v2.0.0`],
  ['v1', `${CALLED}@${SHA} # v10.0.0`],
  ['v1', `${CALLED}@${SHA} # v1.3.0-rc.1`],
  ['v1', `${CALLED}@v1.3.0-rc.1`],
  ['v1', `${CALLED}@v2`],
  ['v1', `${CALLED}@v11`],
  ['v1', `${CALLED}@main`],
  ['v1.2', `${CALLED}@${SHA} # v1.3.0`],
  ['v1.2.3', `${CALLED}@v1.2`],
  ['main', `${CALLED}@main.2`],
  ['v1', `other/release/.github/workflows/release.yml@${SHA} # v1.2.3`],
  ['v1', `tools/release/.github/workflows/other.yml@${SHA} # v1.2.3`],
])('of %s, anything else stays an edit: %s', (version, call) => {
  expect(isUnpinnedTo(call, `${CALLED}@${version}`)).toBe(false);
});

test('quotes, line ends and all other bytes stay: an edit beside a pin is an edit', () => {
  const wanted = `- uses: 'a/b@v4'\r\n- uses: ${CALLED}@v1 # ours\r\n`;
  const pinned = `- uses: 'a/b@${SHA}' # v4.1.0\r\n- uses: ${CALLED}@v1.2.3\r\n`;
  expect(unpinnedId(pinned, Buffer.from(wanted))).toBe(blobId(Buffer.from(wanted)));
  expect(unpinnedId(`${pinned}# mine\n`, Buffer.from(wanted))).toBe(blobId(Buffer.from(`${wanted}# mine\n`)));
});

test('a call that a workflow names with two versions is taken back to the one that was pinned', () => {
  const wanted = `- uses: a/b@v3\n- uses: a/b@v4\n`;
  const pinned = `- uses: a/b@${SHA} # v3.6.0\n- uses: a/b@${SHA} # v4.1.0\n`;
  expect(unpinnedId(pinned, Buffer.from(wanted))).toBe(blobId(Buffer.from(wanted)));
});
