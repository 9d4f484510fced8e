import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packedStateAt, packEvents, unpackEvents, type PackedRow } from './packed-events.ts';

const KEY = { api_group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' };

const rows = fc
  .array(
    fc.record({
      time_ms: fc.nat(2 ** 40),
      verb: fc.constantFrom('created' as const, 'updated' as const, 'deleted' as const),
      previous_revision: fc.nat(),
      created_revision: fc.nat(),
      version: fc.constant('v1'),
      uid: fc.uuid(),
      user_name: fc.string(),
      user_groups: fc.array(fc.string()),
      user_agent: fc.string(),
      source_address: fc.ipV4(),
      field_manager: fc.string(),
      cause_revision: fc.option(fc.nat()),
      correlation: fc.string(),
      traceparent: fc.string(),
      request_verb: fc.constant('update' as const),
      subresource: fc.string(),
      transaction_start: fc.nat(1023),
      transaction_end: fc.nat(1023),
      impersonator: fc.string(),
      object: fc.uint8Array({ maxLength: 300 }).map((body) => Buffer.from(body)),
    }),
    { minLength: 1, maxLength: 20 },
  )
  // Far beyond 32 bits, as revisions are in a long log.
  .map((list): readonly PackedRow[] =>
    list.map((row, index) => ({ ...KEY, ...row, revision: 2 ** 45 + index * 1024 })),
  );

test('packed events come out as they went in, whatever their bodies are', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const told = list.map(({ created_revision: _created, ...event }) => event);
      expect(unpackEvents(KEY, packEvents(list))).toEqual(told);
    }),
  );
});

test('what an object was at a revision is found by the last event up to it; before the first there is nothing', () => {
  fc.assert(
    fc.property(rows, fc.nat(1023), (list, later) => {
      const packed = packEvents(list);
      for (const row of list) {
        const { revision, created_revision, verb, version, uid, object: body } = row;
        const state = { revision, created_revision, verb, version, uid, body };
        expect(packedStateAt(packed, row.revision + later)).toEqual(state);
      }
      expect(packedStateAt(packed, 2 ** 45 - 1)).toBeUndefined();
    }),
  );
});

test('ten versions of an object take little more than one', () => {
  const [row] = fc.sample(rows, { numRuns: 1, seed: 1 })[0] ?? [];
  if (row === undefined) throw new Error('there is a row');
  const body = Array.from({ length: 60 }, (_, index) => `"key-${index}":"${(index * 7_919) ** 3}"`).join(',');
  const versions = Array.from({ length: 10 }, (_, n) => ({
    ...row,
    revision: n,
    object: Buffer.from(`{"kind":"ConfigMap","data":{${body},"n":"${n}"}}`),
  }));
  expect(packEvents(versions).byteLength).toBeLessThan(1.5 * packEvents(versions.slice(0, 1)).byteLength);
});
