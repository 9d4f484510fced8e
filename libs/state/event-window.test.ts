import { expect, test } from 'vitest';
import { revisionOf, sequence } from '@taffrail/platform/brand';
import { memoryLog } from '@taffrail/log/memory-log';
import type { JsonObject } from '@taffrail/resources/json';
import { accepted, resourceNamed, testMachine } from './testing/machine.ts';

const events = resourceNamed('events');
const HOUR_MS = 3_600_000;

const event = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default' },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
});

test('old Events are deleted by commits, and then the log is cut off: before the window, what is in use, and the projection', async () => {
  const log = memoryLog('EVENTS');
  await using cluster = await testMachine({ logs: { LOG: memoryLog('LOG'), EVENTS: log } });
  const { machine, clock } = cluster;
  const deleted: string[] = [];
  machine.subscribe(events, machine.revision(events), {
    onChanges: (changes) => {
      for (const change of changes) if (change.verb === 'deleted') deleted.push(change.key.name);
    },
  });
  accepted(await cluster.create('events', event('old')));
  accepted(await cluster.create('events', event('kept')));
  clock.advance(2 * HOUR_MS);
  accepted(await cluster.create('events', event('young')));
  accepted(await cluster.patch('events', 'kept', { message: 'seen again' }));
  const beforeMs = clock.nowMs() - HOUR_MS;

  expect(await machine.expireWindow(beforeMs)).toBe(1);
  expect(deleted).toEqual(['old']);
  const head = (await log.head()).sequence;
  // The projection has read two commits: the cut waits for it.
  expect(await machine.trimWindow(beforeMs, sequence(2))).toBe(2);
  expect(await machine.trimWindow(beforeMs, head)).toBe(4);
  expect(await log.first()).toBe(4);
  expect(machine.oldest(events)).toBe(revisionOf(sequence(3), 0));
  expect(machine.oldest(resourceNamed('leases'))).toBeUndefined();
  expect(machine.oldest(resourceNamed('pods'))).toBe(1);

  // What is left is enough to begin from.
  await using again = await testMachine({ logs: cluster.logs, leases: cluster.leases, clock });
  expect(again.machine.list(events, 'default').map((object) => object.key.name)).toEqual(['kept', 'young']);
  expect(again.machine.revision(events)).toBe(machine.revision(events));
  expect(again.machine.oldest(events)).toBe(revisionOf(sequence(3), 0));
});

test('a commit that a live object rests on is not cut off, however old it is said to be', async () => {
  const log = memoryLog('EVENTS');
  await using cluster = await testMachine({ logs: { LOG: memoryLog('LOG'), EVENTS: log } });
  accepted(await cluster.create('events', event('a')));
  const head = (await log.head()).sequence;
  expect(await cluster.machine.trimWindow(Number.MAX_SAFE_INTEGER, head)).toBe(head);
  cluster.clock.advance(HOUR_MS);
  accepted(await cluster.create('events', event('b')));
  expect(await cluster.machine.trimWindow(cluster.clock.nowMs(), sequence(head + 1))).toBe(head);
});
