import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '@taffrail/platform/assert';
import type { HistoryRow } from './history-row.ts';

/*
 * Consecutive events of one object, compressed together:
 *
 *     bytes of the states u32 (little-endian) | states, JSON | bodies | JSON of everything else, a list for each event
 *
 * A list of the past needs the states and one body; only a history needs the rest to be parsed.
 */

const LENGTH_BYTES = 4;

/** Which object rows belong to: the columns that are the same in all of them. */
export type RowKey = Pick<HistoryRow, 'api_group' | 'resource' | 'namespace' | 'name'>;

/** An event as it is packed. */
export interface PackedRow extends HistoryRow {
  readonly created_revision: number;
}

/** What an object was from an event on. */
export type PackedState = Pick<PackedRow, 'revision' | 'created_revision' | 'verb' | 'version' | 'uid'> & {
  readonly body: Buffer;
};
type State = readonly [
  revision: number,
  bodyBytes: number,
  created: number,
  verb: PackedRow['verb'],
  version: string,
  uid: string,
];
type Rest = Omit<HistoryRow, keyof RowKey | keyof PackedState | 'object'>;

/** Everything else in the order it is packed in. */
const REST = Object.keys({
  previous_revision: 0,
  time_ms: 0,
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
export function packEvents(rows: readonly PackedRow[]): Buffer {
  const bodies = rows.map(bodyOf);
  const states = rows.map(({ revision, created_revision: created, verb, version, uid }, index): State => {
    return [revision, bodies[index]?.byteLength ?? 0, created, verb, version, uid];
  });
  const statesText = Buffer.from(JSON.stringify(states));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(statesText.byteLength);
  const rest = rows.map((row) => REST.map((column) => row[column]));
  const content = Buffer.concat([length, statesText, ...bodies, Buffer.from(JSON.stringify(rest))]);
  // Told how much comes, the compressor makes its tables no larger than that: most of the time of small ones.
  return zstdCompressSync(content, { params: LEVEL, pledgedSrcSize: content.byteLength });
}

/** The events that were packed, oldest first. */
export function unpackEvents(key: RowKey, packed: Uint8Array): readonly HistoryRow[] {
  const { states, content, end } = open(packed);
  const rest = JSON.parse(content.subarray(end).toString()) as readonly (readonly unknown[])[];
  return states.map(({ state: [revision, , , verb, version, uid], from, until }, index) => {
    const one = rest[index];
    assert(one !== undefined, `event ${revision} was packed whole`);
    return { ...key, ...restOf(one), revision, verb, version, uid, object: content.subarray(from, until) };
  });
}

/** What the object was at a revision, by the last of the packed events up to it; undefined when all are later. */
export function packedStateAt(packed: Uint8Array, at: number): PackedState | undefined {
  const { states, content } = open(packed);
  const found = states.findLast(({ state: [revision] }) => revision <= at);
  if (found === undefined) return undefined;
  const [revision, , created, verb, version, uid] = found.state;
  // A copy: a view would keep all the other versions in memory as long as this one.
  const body = Buffer.from(content.subarray(found.from, found.until));
  return { revision, created_revision: created, verb, version, uid, body };
}

interface Opened {
  readonly content: Buffer;
  /** With where their bodies stand in `content`. */
  readonly states: readonly { readonly state: State; readonly from: number; readonly until: number }[];
  /** Where the last body ends. */
  readonly end: number;
}

function open(packed: Uint8Array): Opened {
  const content = zstdDecompressSync(packed);
  let end = LENGTH_BYTES + content.readUInt32LE();
  const states = (JSON.parse(content.subarray(LENGTH_BYTES, end).toString()) as readonly State[]).map((state) => {
    const from = end;
    end += state[1];
    return { state, from, until: end };
  });
  return { content, states, end };
}

function bodyOf({ object, revision }: HistoryRow): Buffer {
  assert(object !== null, `the commit of event ${revision} is in the second copy`);
  return object;
}

function restOf(packed: readonly unknown[]): Rest {
  assert(packed.length === REST.length, 'an event was packed by this version of the schema');
  return Object.fromEntries(REST.map((column, index) => [column, packed[index]])) as unknown as Rest;
}
