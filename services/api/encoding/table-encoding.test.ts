import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { KubeObject } from '@taffrail/resources/object';
import { manualClock } from '../testing/manual-clock.ts';
import { configMaps, storedConfigMap } from '../testing/objects.ts';
import type { Encoding } from './encoding.ts';
import { partialEncodings } from './partial-encoding.ts';
import { tableEncoding, type IncludeObject } from './table-encoding.ts';

interface Shown {
  readonly rows: readonly unknown[];
  readonly items: readonly { readonly metadata: unknown }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const clock = manualClock();
const items = [
  storedConfigMap('a', 2048, { app: 'web' }, { 'k}"': 'v\\' }),
  storedConfigMap('b', 3072, { 'quo"te': '}{' }),
  storedConfigMap('c', 4096),
];
const meta = { resourceVersion: '5120', continue: 'token', remainingItemCount: 7 };

function parsed(pieces: readonly Uint8Array[]): Shown {
  return JSON.parse(Buffer.concat(pieces).toString()) as Shown;
}

function events(encoding: Encoding): readonly Shown[] {
  const pieces: Uint8Array[] = [];
  for (const [at, item] of items.entries()) encoding.event(pieces, 'MODIFIED', item, at === 0);
  const lines = Buffer.concat(pieces).toString().trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { object: Shown }).object);
}

// A single object is written from what it parses to, a list and a watch from its bytes: both must say the same.
test.for<IncludeObject>(['Metadata', 'Object', 'None'])(
  'rows with %s are the same of one, of many and in events',
  (include) => {
    const encoding = tableEncoding(configMaps(), include, clock);
    const alone = items.map((item) => parsed(encoding.single(item)));
    const list = parsed(encoding.list(items, meta));
    expect(list.rows).toEqual(alone.flatMap(({ rows }) => rows));
    expect(list).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: meta });
    expect(list['columnDefinitions']).toEqual(alone[0]?.['columnDefinitions']);
    const told = events(encoding);
    expect(told[0]).toEqual(alone[0]);
    expect(told.slice(1)).toEqual(alone.slice(1).map((table) => ({ ...table, columnDefinitions: null })));
    expect(list.rows[0]).toMatchObject({ cells: ['a', 1, '<unknown>'] });
  },
);

test('partial objects are the same of one, of many and in events', () => {
  const encoding = partialEncodings.v1;
  const alone = items.map((item) => parsed(encoding.single(item)));
  expect(events(encoding)).toEqual(alone);
  const list = parsed(encoding.list(items, meta));
  expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: meta });
  expect(list.items).toEqual(alone.map(({ metadata }) => ({ metadata })));
});

test('rows that are not known are made in turns with others, once, and not for a client that has left', async () => {
  const shown: string[] = [];
  const slow = manualClock();
  const many = Array.from({ length: 100 }, (_, at) => storedConfigMap(`turn-${at}`, 2048));
  const { rules, columns } = configMaps();
  const tabular = {
    columns,
    rules: {
      tableCells(object: KubeObject) {
        shown.push(object.metadata.name ?? '');
        slow.advance(1);
        return rules.tableCells(object);
      },
    },
  };
  const encoding = tableEncoding(tabular, 'Metadata', slow);
  const client = new AbortController();
  const left = encoding.prepare?.(many, client);
  expect(shown).toHaveLength(limits.tableTurnMs);
  client.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');

  const made: number[] = [];
  const over = new AbortController();
  const others = (async () => {
    for (; !over.signal.aborted; await setImmediate()) made.push(shown.length);
  })();
  await encoding.prepare?.(many, new AbortController());
  over.abort();
  await others;
  expect(shown).toHaveLength(many.length);
  const turns = made.slice(1).map((count, at) => count - (made[at] ?? 0));
  expect(Math.max(...turns)).toBeLessThanOrEqual(limits.tableTurnMs);
  expect(parsed(encoding.list(many, meta)).rows).toHaveLength(many.length);
  expect(shown).toHaveLength(many.length);
});

test('a list of nothing has columns and no rows', () => {
  const table = parsed(tableEncoding(configMaps(), 'Metadata', clock).list([], { resourceVersion: '1024' }));
  expect(table).toMatchObject({ rows: [], columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }] });
  expect(parsed(partialEncodings.v1beta1.list([], { resourceVersion: '1024' }))).toEqual({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1beta1',
    metadata: { resourceVersion: '1024' },
    items: [],
  });
});

test('a bookmark is a Table of its revision without rows', () => {
  const line = Buffer.from(tableEncoding(configMaps(), 'Metadata', clock).bookmark(revision(9216), false)).toString();
  expect(line.endsWith('\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    type: 'BOOKMARK',
    object: {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '9216' },
      columnDefinitions: null,
      rows: [],
    },
  });
});
