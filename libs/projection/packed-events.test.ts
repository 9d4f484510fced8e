import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryRow } from './history-row.ts';
import { packedBody, packEvents, unpackEvents } from './packed-events.ts';

const KEY = { api_group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' };

const rows = fc
  .array(
    fc.record({
      time_ms: fc.nat(2 ** 40),
      verb: fc.constantFrom('created' as const, 'updated' as const, 'deleted' as const),
      previous_revision: fc.nat(),
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
  .map((list): readonly HistoryRow[] =>
    list.map((row, index) => ({ ...KEY, ...row, revision: 2 ** 45 + index * 1024 })),
  );

test('packed events come out as they went in, whatever their bodies are', () => {
  fc.assert(
    fc.property(rows, (list) => {
      expect(unpackEvents(KEY, packEvents(list))).toEqual(list);
    }),
  );
});

test('the body of one revision is found alone, and none of a revision that was not packed', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const packed = packEvents(list);
      for (const row of list) expect(packedBody(packed, row.revision)).toEqual(row.object);
      expect(packedBody(packed, 7)).toBeUndefined();
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
