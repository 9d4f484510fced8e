import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '@taffrail/platform/assert';
import type { HistoryRow } from './history-row.ts';

/*
 * Consecutive events of one object, compressed together:
 *
 *     count u32 | count × (revision u64, body bytes u32) | bodies | JSON of everything else
 *
 * all little-endian. What is read most, the body of one revision, needs no JSON to be parsed.
 */

const COUNT_BYTES = 4;
const ENTRY_BYTES = 12;

/** Which object rows belong to: the columns that are the same in all of them. */
export type RowKey = Pick<HistoryRow, 'api_group' | 'resource' | 'namespace' | 'name'>;
type Rest = Omit<HistoryRow, keyof RowKey | 'object' | 'revision'>;

/** Packs events of one object, oldest first. */
export function packEvents(rows: readonly HistoryRow[]): Buffer {
  const head = Buffer.alloc(COUNT_BYTES + rows.length * ENTRY_BYTES);
  head.writeUInt32LE(rows.length);
  const bodies = rows.map((row, index) => {
    const body = bodyOf(row);
    const place = COUNT_BYTES + index * ENTRY_BYTES;
    head.writeBigUInt64LE(BigInt(row.revision), place);
    head.writeUInt32LE(body.byteLength, place + 8);
    return body;
  });
  return zstdCompressSync(Buffer.concat([head, ...bodies, Buffer.from(JSON.stringify(rows.map(restOf)))]));
}

/** The events that were packed, oldest first. */
export function unpackEvents(key: RowKey, packed: Uint8Array): readonly HistoryRow[] {
  const { entries, content, end } = open(packed);
  const rest = JSON.parse(content.subarray(end).toString()) as readonly Rest[];
  return entries.map(({ revision, from, until }, index) => {
    const one = rest[index];
    assert(one !== undefined, `event ${revision} was packed whole`);
    return { ...key, ...one, revision, object: content.subarray(from, until) };
  });
}

/** The body that one of the packed events has; undefined when it is not among them. */
export function packedBody(packed: Uint8Array, revision: number): Buffer | undefined {
  const { entries, content } = open(packed);
  const found = entries.find((entry) => entry.revision === revision);
  return found === undefined ? undefined : content.subarray(found.from, found.until);
}

interface Opened {
  readonly content: Buffer;
  readonly entries: readonly { readonly revision: number; readonly from: number; readonly until: number }[];
  /** Where the last body ends. */
  readonly end: number;
}

function open(packed: Uint8Array): Opened {
  const content = zstdDecompressSync(packed);
  const count = content.readUInt32LE();
  let end = COUNT_BYTES + count * ENTRY_BYTES;
  const entries = Array.from({ length: count }, (_, index) => {
    const place = COUNT_BYTES + index * ENTRY_BYTES;
    const from = end;
    end += content.readUInt32LE(place + 8);
    return { revision: Number(content.readBigUInt64LE(place)), from, until: end };
  });
  return { content, entries, end };
}

function bodyOf({ object, revision }: HistoryRow): Buffer {
  assert(object !== null, `the commit of event ${revision} is in the second copy`);
  return object;
}

function restOf(row: HistoryRow): Rest {
  const { api_group: _group, resource: _resource, namespace: _namespace, name: _name, ...event } = row;
  const { object: _object, revision: _revision, ...rest } = event;
  return rest;
}
