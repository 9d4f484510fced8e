import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { silentLogger } from '@taffrail/platform/logger';
import type { Change } from './change.ts';
import { Ring } from './ring.ts';

const PODS = { group: '', resource: 'pods' };
const NODES = { group: '', resource: 'nodes' };

function change(at: number, resource = 'pods', bytes = 10): Change {
  const key = { group: '', resource, namespace: '', name: `n${at}` };
  const current = { key, stored: new Uint8Array(bytes) } as unknown as Change['current'];
  return { revision: revision(at), verb: 'created', key, current, previous: undefined, timeMs: 0 };
}

function listener() {
  const seen: number[] = [];
  const progress: number[] = [];
  return {
    seen,
    progress,
    onChanges: (changes: readonly Change[]) => void seen.push(...changes.map((one) => one.revision)),
    onProgress: (at: number) => void progress.push(at),
  };
}

const ringOf = (count: number, bytes = 1_000_000): Ring => new Ring(revision(1_000), { count, bytes }, silentLogger);

test('a subscriber gets what came after its revision and what comes, of its resource only', () => {
  const ring = ringOf(100);
  ring.push(revision(1_025), [change(1_024), change(1_025, 'nodes')]);
  ring.push(revision(2_048), [change(2_048)]);
  const watcher = listener();
  ring.subscribe(PODS, revision(1_024), watcher);
  expect(watcher.seen).toEqual([2_048]);
  ring.push(revision(3_073), [change(3_072, 'nodes'), change(3_073)]);
  expect(watcher.seen).toEqual([2_048, 3_073]);
  expect(watcher.progress).toEqual([3_073]);
});

test('a subscriber from the middle of a commit gets the rest of it', () => {
  const ring = ringOf(100);
  ring.push(revision(1_026), [change(1_024), change(1_025), change(1_026)]);
  const watcher = listener();
  ring.subscribe(PODS, revision(1_024), watcher);
  expect(watcher.seen).toEqual([1_025, 1_026]);
});

test('a subscriber that starts before the ring is told so, and nothing of the ring is ever skipped', () => {
  const ring = ringOf(10);
  for (let commit = 1; commit <= 5_000; commit++) {
    ring.push(revision(1_024 * commit + 1), [change(1_024 * commit), change(1_024 * commit + 1)]);
  }
  expect(ring.floor).toBe(1_024 * 4_995 + 1);
  expect(ring.subscribe(PODS, revision(1_024 * 4_995), listener())).toBeUndefined();
  const watcher = listener();
  ring.subscribe(PODS, ring.floor, watcher);
  expect(watcher.seen).toHaveLength(10);
  expect(watcher.seen[0]).toBe(1_024 * 4_996);
});

test('the bound on bytes holds as well', () => {
  const ring = ringOf(1_000, 100);
  ring.push(revision(2_000), [change(2_000, 'pods', 80)]);
  ring.push(revision(3_000), [change(3_000, 'pods', 80)]);
  expect(ring.floor).toBe(2_000);
});

test('a closed subscription hears nothing more', () => {
  const ring = ringOf(10);
  const watcher = listener();
  const subscription = ring.subscribe(PODS, revision(1_000), watcher);
  subscription?.close();
  ring.push(revision(2_000), [change(2_000)]);
  expect(watcher).toMatchObject({ seen: [], progress: [] });
});

test('a listener that throws is cut off and the others are told', () => {
  const ring = ringOf(10);
  ring.subscribe(PODS, revision(1_000), {
    onChanges() {
      throw new Error('broken');
    },
  });
  const watcher = listener();
  ring.subscribe(PODS, revision(1_000), watcher);
  ring.push(revision(2_000), [change(2_000)]);
  expect(watcher.seen).toEqual([2_000]);
});

test('one that subscribes while a commit is told gets that commit once', () => {
  const ring = ringOf(10);
  const late = listener();
  ring.subscribe(PODS, revision(1_000), {
    onChanges() {
      ring.subscribe(NODES, revision(1_000), late);
    },
  });
  ring.push(revision(2_001), [change(2_000), change(2_001, 'nodes')]);
  expect(late.seen).toEqual([2_001]);
});
