import { expect, test } from 'vitest';
import { changesInWords, objectChanges } from './object-changes.ts';

const words = (from: object, to: object): string =>
  changesInWords(objectChanges(JSON.parse(JSON.stringify(from)), JSON.parse(JSON.stringify(to))));

test('a scaled deployment reads as its replicas', () => {
  expect(
    words(
      { spec: { replicas: 3 }, metadata: { generation: 1 } },
      { spec: { replicas: 5 }, metadata: { generation: 2 } },
    ),
  ).toBe('replicas 3 → 5');
});

test('a container is named, not counted', () => {
  const spec = (image: string): object => ({
    spec: {
      containers: [
        { name: 'side', image: 's' },
        { name: 'web', image },
      ],
    },
  });
  expect(words(spec('nginx:1'), spec('nginx:2'))).toBe('containers[web].image nginx:1 → nginx:2');
});

test('a condition is named by its type', () => {
  const ready = (status: string): object => ({ status: { conditions: [{ type: 'Ready', status }] } });
  expect(words(ready('False'), ready('True'))).toBe('Ready False → True');
});

test('what came and what went is told as such', () => {
  expect(words({ data: { old: '1' } }, { data: { new: '' } })).toBe('new +"", old removed');
  expect(words({ spec: { ports: [{ name: 'a' }] } }, { spec: { ports: [{ name: 'b' }] } })).toBe(
    'ports[b] +{"name":"b"}, ports[a] removed',
  );
});

test('lists without keys change as a whole, long values are cut, and many changes are counted', () => {
  expect(words({ spec: { args: ['a'] } }, { spec: { args: ['a', 'b'] } })).toBe('args ["a"] → ["a","b"]');
  expect(words({ data: {} }, { data: { text: 'x'.repeat(60) } })).toBe(`text +${'x'.repeat(47)}…`);
  expect(words({}, { a: 1, b: 2, c: 3, d: 4, e: 5 })).toBe('a +1, b +2, c +3, and 2 more');
});

test('a condition that changes is told by its name and what it says', () => {
  const pod = (status: string, at: string, more: object[] = []): object => ({
    status: { conditions: [{ type: 'Ready', status, lastTransitionTime: at, reason: at }, ...more] },
  });
  expect(words(pod('False', '1'), pod('True', '2'))).toBe('Ready False → True');
  expect(words(pod('True', '1'), pod('True', '1', [{ type: 'Initialized', status: 'True', reason: 'x' }]))).toBe(
    'Initialized +True',
  );
  expect(words({ status: {} }, pod('False', '1', [{ type: 'A', status: 'True' }]))).toBe(
    'status.conditions +Ready=False A=True',
  );
  expect(words(pod('True', '1'), pod('True', '2'))).toContain('lastTransitionTime 1 → 2');
});

test('bookkeeping alone is no change', () => {
  const object = (at: string): object => ({ metadata: { managedFields: [{ time: at }], resourceVersion: at } });
  expect(objectChanges(JSON.parse(JSON.stringify(object('1'))), JSON.parse(JSON.stringify(object('2'))))).toEqual([]);
});
