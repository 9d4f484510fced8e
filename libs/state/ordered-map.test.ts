import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joined, OrderedMap } from './ordered-map.ts';

const operation = fc.oneof(
  fc.record({ type: fc.constant('set' as const), key: fc.string({ maxLength: 3 }), value: fc.nat() }),
  fc.record({ type: fc.constant('delete' as const), key: fc.string({ maxLength: 3 }) }),
);

test('behaves as a map whose values come in key order', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const ordered = new OrderedMap<number>();
      const model = new Map<string, number>();
      for (const one of operations) {
        if (one.type === 'set') {
          ordered.set(one.key, one.value);
          model.set(one.key, one.value);
        } else {
          expect(ordered.delete(one.key)).toBe(model.delete(one.key));
        }
        expect(ordered.get(one.key)).toBe(model.get(one.key));
      }
      const sorted = [...model].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
      expect(ordered.values()).toEqual(sorted);
      expect(ordered.size).toBe(model.size);
    }),
  );
});

test('keeps order over many chunks, whatever the order of insertion', () => {
  const ordered = new OrderedMap<number>();
  const count = 5_000;
  for (let i = 0; i < count; i++) {
    const number = (i * 2_311) % count;
    ordered.set(String(number).padStart(5, '0'), number);
  }
  expect(ordered.values()).toEqual(Array.from({ length: count }, (_, index) => index));
  for (let i = 0; i < count; i += 2) ordered.delete(String(i).padStart(5, '0'));
  expect(ordered.values()).toEqual(Array.from({ length: count / 2 }, (_, index) => index * 2 + 1));
});

test('a list taken before a change keeps what it held', () => {
  const ordered = new OrderedMap<number>();
  ordered.set('a', 1);
  const before = ordered.values();
  ordered.set('b', 2);
  expect(before).toEqual([1]);
  const both = ordered.values();
  ordered.set('a', 3);
  expect(both).toEqual([1, 2]);
  const changed = ordered.values();
  ordered.delete('b');
  expect(changed).toEqual([3, 2]);
  expect(ordered.values()).toEqual([3]);
});

test('a list is made again only behind a change', () => {
  const ordered = new OrderedMap<number>();
  ordered.set('a', 1);
  expect(ordered.values()).toBe(ordered.values());
  ordered.delete('none');
  const before = ordered.values();
  ordered.set('a', 1);
  expect(ordered.values()).not.toBe(before);
});

test('more parts than a call takes arguments are joined in order', () => {
  const parts = Array.from({ length: 200_000 }, (_, index) => [index]);
  expect(joined(parts)).toEqual(parts.flat());
});
