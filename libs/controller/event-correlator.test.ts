import { expect, test } from 'vitest';
import type { PlannedEvent } from './command.ts';
import { eventCorrelator } from './event-correlator.ts';

function event(message: string, reason = 'Reason', name = 'a'): PlannedEvent {
  const metadata = { name, namespace: 'ns', uid: `uid-${name}` };
  return { about: { apiVersion: 'v1', kind: 'Pod', metadata }, eventType: 'Normal', reason, message };
}

test('an equal event counts up under the first name', () => {
  const correlator = eventCorrelator();
  const first = correlator.correlate(event('m'), 1000);
  expect(first).toMatchObject({ type: 'create', message: 'm', firstMs: 1000 });
  if (first.type !== 'create') return;
  correlator.stored(first.key, 'a.1', 1, 1000);
  expect(correlator.correlate(event('m'), 2000)).toMatchObject({ type: 'count', name: 'a.1', count: 2, firstMs: 1000 });
  correlator.lost(first.key);
  expect(correlator.correlate(event('m'), 3000)).toMatchObject({ type: 'create' });
});

test('from the tenth different message on they are combined, until ten minutes pass', () => {
  const correlator = eventCorrelator();
  const messages = Array.from({ length: 11 }, (_, index) => correlator.correlate(event(`m${index}`), 1000));
  expect(messages.map((one) => (one.type === 'create' ? one.message : one.type))).toEqual([
    ...Array.from({ length: 9 }, (_, index) => `m${index}`),
    '(combined from similar events): m9',
    '(combined from similar events): m10',
  ]);
  expect(correlator.correlate(event('m11'), 1000 + 600_001)).toMatchObject({ message: 'm11' });
});

test('one object may record 25 in a row and then one in five minutes; others are not touched by that', () => {
  const correlator = eventCorrelator();
  const kinds = Array.from({ length: 30 }, () => correlator.correlate(event('m'), 0).type);
  expect(kinds.filter((kind) => kind !== 'drop')).toHaveLength(25);
  expect(correlator.correlate(event('m', 'Reason', 'b'), 0).type).toBe('create');
  expect(correlator.correlate(event('m'), 299_999).type).toBe('drop');
  expect(correlator.correlate(event('m'), 300_000).type).not.toBe('drop');
  expect(correlator.correlate(event('m'), 300_000).type).toBe('drop');
});
