import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '@taffrail/platform/assert';
import type { HistoryRow } from './history-row.ts';

/*
 * Consecutive events of one object, compressed together:
 *
 *     count u32 | count × (revision u64, body bytes u32) | bodies | JSON of everything else, a list for each event
 *
 * all little-endian. What is read most, the body of one revision, needs no JSON to be parsed.
 */

const COUNT_BYTES = 4;
const ENTRY_BYTES = 12;

/** Which object rows belong to: the columns that are the same in all of them. */
export type RowKey = Pick<HistoryRow, 'api_group' | 'resource' | 'namespace' | 'name'>;
type Rest = Omit<HistoryRow, keyof RowKey | 'object' | 'revision'>;

/** Everything else in the order it is packed in. */
const REST = Object.keys({
  previous_revision: 0,
  time_ms: 0,
  verb: 0,
  version: 0,
  uid: 0,
  user_name: 0,
  user_groups: 0,
  user_agent: 0,
  source_address: 0,
  field_manager: 0,
  cause_revision: 0,
  correlation: 0,
  traceparent: 0,
  request_verb: 0,
  subresource: 0,
  transaction_start: 0,
  transaction_end: 0,
  impersonator: 0,
} satisfies Record<keyof Rest, 0>) as readonly (keyof Rest)[];

/** Versions of one object are so much alike that more effort finds nothing more. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };

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
  const rest = rows.map((row) => REST.map((column) => row[column]));
  const content = Buffer.concat([head, ...bodies, Buffer.from(JSON.stringify(rest))]);
  // Told how much comes, the compressor makes its tables no larger than that: most of the time of small ones.
  return zstdCompressSync(content, { params: LEVEL, pledgedSrcSize: content.byteLength });
}

/** The events that were packed, oldest first. */
export function unpackEvents(key: RowKey, packed: Uint8Array): readonly HistoryRow[] {
  const { entries, content, end } = open(packed);
  const rest = JSON.parse(content.subarray(end).toString()) as readonly (readonly unknown[])[];
  return entries.map(({ revision, from, until }, index) => {
    const one = rest[index];
    assert(one !== undefined, `event ${revision} was packed whole`);
    return { ...key, ...restOf(one), revision, object: content.subarray(from, until) };
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

function restOf(packed: readonly unknown[]): Rest {
  assert(packed.length === REST.length, 'an event was packed by this version of the schema');
  return Object.fromEntries(REST.map((column, index) => [column, packed[index]])) as unknown as Rest;
}
