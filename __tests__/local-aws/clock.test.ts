import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { VirtualClock } from '../../local/clock.ts';

test('sleepers wake in the order of their times, without waiting', async () => {
  const clock = new VirtualClock(0);
  const woken: string[] = [];
  const sleeper = async (name: string, ...naps: number[]): Promise<void> => {
    for (const nap of naps) {
      await clock.sleep(nap);
      woken.push(`${name}@${clock.now()}`);
    }
  };
  const started = process.hrtime.bigint();
  await Promise.all([sleeper('a', 3_600_000, 10), sleeper('b', 10, 3_600_000)]);
  expect(woken).toEqual(['b@10', 'a@3600000', 'b@3600010', 'a@3600010']);
  expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1000);
});

test('equal times wake in the order in which they were asked for', async () => {
  const clock = new VirtualClock(0);
  const woken: number[] = [];
  await Promise.all([1, 2, 3].map((name) => clock.sleep(5).then(() => woken.push(name))));
  expect(woken).toEqual([1, 2, 3]);
});

test('time stands still while a task works, and while outside work is held', async () => {
  const clock = new VirtualClock(0);
  const nap = clock.sleep(1000);
  for (let turn = 0; turn < 20; turn++) {
    clock.touch();
    await new Promise(setImmediate);
  }
  expect(clock.now()).toBe(0);
  await clock.hold(readFile('package.json'));
  expect(clock.now()).toBe(0);
  await nap;
  expect(clock.now()).toBe(1000);
});

test('advance moves time by hand and wakes whom it passes', async () => {
  const clock = new VirtualClock(0);
  const woken: number[] = [];
  void clock.sleep(5).then(() => woken.push(5));
  void clock.sleep(50).then(() => woken.push(50));
  clock.advance(10);
  await Promise.resolve();
  expect({ now: clock.now(), woken }).toEqual({ now: 10, woken: [5] });
});
