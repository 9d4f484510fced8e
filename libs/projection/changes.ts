import { revision, sequenceOf, uid } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ObjectKey } from '@taffrail/resources/object';
import type { Database, Fragment } from './database.ts';
import { eventOfRow, HISTORY_COLUMNS, type HistoryRow } from './history-row.ts';
import type {
  CausesQuery,
  ChangedObject,
  ChangedObjectsPage,
  ChangedObjectsQuery,
  ChangesPage,
  ChangesQuery,
  ConsequencesQuery,
  ProjectedObject,
  RecordedChange,
} from './read-model.ts';

export interface ChangeRow extends HistoryRow {
  readonly before: Buffer | null;
}

/** The columns of a change and where its bodies come from; `h` is the row of `history` it stands in. */
function columnsOf(database: Database): Fragment {
  return database`
    ${database(HISTORY_COLUMNS)}, substring(c.payload FROM h.body_offset + 1 FOR h.body_bytes) AS object,
    substring(pc.payload FROM p.body_offset + 1 FOR p.body_bytes) AS before`;
}

/** Joins the commit of `h` and, for what is no creation and where it is wanted, the same object's event before it. */
function bodiesOf(database: Database, wanted: Fragment = database``): Fragment {
  return database`
    LEFT JOIN commits c ON c.log = h.log AND c.sequence = h.revision / 1024
    LEFT JOIN history p ON p.log = h.log AND p.revision = h.previous_revision AND h.previous_revision > 0
      ${wanted}
    LEFT JOIN commits pc ON pc.log = p.log AND pc.sequence = p.revision / 1024`;
}

export function changeOfRow(row: ChangeRow): RecordedChange {
  return { event: eventOfRow(row), ...(row.before === null ? {} : { before: row.before }) };
}

/**
 * The newest changes that a query selects, from `history`. The rows are found before any body is read, and only as many bodies are read as fit
 * into `limits.pastPageBytes`. What was before a change is most often what another one of the page made: that body is
 * read once.
 */
export async function changes(database: Database, asked: ChangesQuery): Promise<ChangesPage> {
  const rows = await database<(ChangeRow & { readonly found: number })[]>`
    SELECT ${columnsOf(database)}, h.found
    FROM (
      SELECT cut.*, array_agg(cut.revision) OVER () AS page FROM (
        SELECT q.*, count(*) OVER () AS found, row_number() OVER along AS place, sum(2 * q.body_bytes) OVER along AS bytes
        FROM (${newest(database, asked)}) q
        WINDOW along AS (ORDER BY q.revision DESC)
      ) cut
      WHERE cut.place <= ${asked.limit} AND cut.bytes - 2 * cut.body_bytes < ${limits.pastPageBytes}
    ) h
    ${bodiesOf(database, database`AND NOT h.previous_revision = ANY(h.page)`)}
    ORDER BY h.revision DESC`;
  const made = new Map(rows.map((row) => [row.revision, row.object]));
  const whole = rows.map((row) => ({ ...row, before: row.before ?? made.get(row.previous_revision) ?? null }));
  return { changes: whole.map(changeOfRow), more: rows.length < (rows[0]?.found ?? 0) };
}

/** The newest rows that a query selects, one more than it asks for. */
function newest(database: Database, asked: ChangesQuery): Fragment {
  const { namespace = '', resource, limit } = asked;
  const from = (query: ChangesQuery): Fragment =>
    database`SELECT * FROM history h WHERE ${selected(database, query)} ORDER BY h.revision DESC LIMIT ${limit + 1}`;
  if (namespace === '' || resource !== undefined) return from(asked);
  const itself = { ...asked, group: '', resource: 'namespaces', namespace: '', name: namespace };
  return database`(${from(asked)}) UNION ALL (${from(itself)}) ORDER BY revision DESC LIMIT ${limit + 1}`;
}

function selected(database: Database, asked: ChangesQuery): Fragment {
  const { resources } = asked;
  return database`h.log = ${asked.log}
    ${equals(database, 'h.api_group', asked.group)} ${equals(database, 'h.resource', asked.resource)}
    ${equals(database, 'h.namespace', asked.namespace)} ${equals(database, 'h.name', asked.name)}
    ${equals(database, 'h.uid', asked.uid)} ${equals(database, 'h.user_name', asked.user)}
    ${among(database, 'h', resources)}
    ${asked.after === undefined ? database`` : database`AND h.revision > ${asked.after}`}
    ${asked.before === undefined ? database`` : database`AND h.revision < ${asked.before}`}`;
}

function equals(database: Database, column: string, value: string | undefined): Fragment {
  return value === undefined ? database`` : database`AND ${database(column)} = ${value}`;
}

/** A change and the chain of what caused it. Causes always lie in LOG, whatever log the change itself is in. */
export async function causes(database: Database, { log, at, limit }: CausesQuery): Promise<readonly RecordedChange[]> {
  const rows = await database<ChangeRow[]>`
    WITH RECURSIVE chain AS (
      SELECT h.log, h.revision, h.cause_revision, 1 AS step FROM history h WHERE h.log = ${log} AND h.revision = ${at}
      UNION ALL
      SELECT h.log, h.revision, h.cause_revision, chain.step + 1
      FROM chain JOIN history h ON h.log = 'LOG' AND h.revision = chain.cause_revision
      WHERE chain.step < ${limit}
    )
    SELECT ${columnsOf(database)}
    FROM chain JOIN history h ON h.log = chain.log AND h.revision = chain.revision
    ${bodiesOf(database)}
    ORDER BY chain.step`;
  return rows.map(changeOfRow);
}

/** What some changes caused directly. */
export async function consequences(
  database: Database,
  { of, limitEach }: ConsequencesQuery,
): Promise<readonly RecordedChange[]> {
  const rows = await database<ChangeRow[]>`
    SELECT ${columnsOf(database)}
    FROM unnest(${of}::bigint[]) AS cause (revision)
    CROSS JOIN LATERAL (
      SELECT * FROM history h WHERE h.log = 'LOG' AND h.cause_revision = cause.revision
      ORDER BY h.revision LIMIT ${limitEach}
    ) h
    ${bodiesOf(database)}
    ORDER BY h.revision`;
  return rows.map(changeOfRow);
}

interface PairRow {
  readonly api_group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly from_version: string | null;
  readonly from_uid: string;
  readonly from_revision: number;
  readonly from_created: number;
  readonly from_body: Buffer;
  readonly to_version: string | null;
  readonly to_uid: string;
  readonly to_revision: number;
  readonly to_created: number;
  readonly to_body: Buffer;
  /** How many were found, one more than asked for at most. */
  readonly found: number;
}

/**
 * The objects that changed between two revisions, each as it was at both, in key order. What came and went in between is
 * left out: it is at neither. `walk`: along the names there ever were, or along the changes in between. Bodies are read last, and only as many as fit into `limits.pastPageBytes`.
 */
export async function changedObjects(
  database: Database,
  asked: ChangedObjectsQuery,
  walk: 'keys' | 'range' = shorterWalk(asked),
): Promise<ChangedObjectsPage> {
  const { from, to, limit } = asked;
  const rows = await database<PairRow[]>`
    WITH touched AS (
      ${walk === 'keys' ? touchedKeys(database, asked) : touchedInRange(database, asked)}
      ORDER BY api_group, resource, namespace, name LIMIT ${limit + 1}
    ), states AS (
      SELECT k.*, ${stateColumns(database, 'f', 'from')}, ${stateColumns(database, 't', 'to')},
        COALESCE(f.body_bytes, 0) + COALESCE(t.body_bytes, 0) AS own_bytes
      FROM touched k ${stateAt(database, 'f', from)} ${stateAt(database, 't', to)}
    ), placed AS (
      SELECT s.*, count(*) OVER () AS found, row_number() OVER along AS place, sum(own_bytes) OVER along AS bytes
      FROM states s WINDOW along AS (ORDER BY s.api_group, s.resource, s.namespace, s.name)
    )
    SELECT p.*, substring(f.payload FROM p.from_offset + 1 FOR p.from_bytes) AS from_body,
      substring(t.payload FROM p.to_offset + 1 FOR p.to_bytes) AS to_body
    FROM placed p
    LEFT JOIN commits f ON f.log = 'LOG' AND f.sequence = p.from_revision / 1024
    LEFT JOIN commits t ON t.log = 'LOG' AND t.sequence = p.to_revision / 1024
    WHERE p.place <= ${limit} AND p.bytes - p.own_bytes < ${limits.pastPageBytes}
    ORDER BY p.api_group, p.resource, p.namespace, p.name`;
  return { objects: rows.map(pairOfRow), more: rows.length < (rows[0]?.found ?? 0) };
}

/**
 * Few changes lie between two moments that are near each other: they are walked along. Between distant ones most of what
 * there is has changed: the names are walked along, and few of them have to be looked at for a page.
 */
function shorterWalk({ name, from, to }: ChangedObjectsQuery): 'keys' | 'range' {
  return name !== undefined || sequenceOf(to) - sequenceOf(from) > limits.changedRangeCount ? 'keys' : 'range';
}

function touchedInRange(database: Database, asked: ChangedObjectsQuery): Fragment {
  const { group, resource, namespace, name, resources, from, to, afterKey } = asked;
  return database`
    SELECT k.api_group, k.resource, k.namespace, k.name
    FROM (
      SELECT DISTINCT h.api_group, h.resource, h.namespace, h.name FROM history h
      WHERE ${selected(database, { log: 'LOG', limit: 0, ...defined({ group, resource, namespace, name, resources }) })}
        AND h.revision > ${from} AND h.revision <= ${to} ${behind(database, 'h', afterKey)}
    ) h JOIN keys k USING (api_group, resource, namespace, name)
    WHERE ${wasThere(database, asked)}`;
}

function touchedKeys(database: Database, asked: ChangedObjectsQuery): Fragment {
  const { group, resource, namespace, name, resources, from, to, afterKey } = asked;
  return database`
    SELECT k.api_group, k.resource, k.namespace, k.name FROM keys k
    WHERE k.first_revision <= ${to} AND (k.gone_revision IS NULL OR k.gone_revision > ${from})
      AND ${wasThere(database, asked)}
      ${equals(database, 'k.api_group', group)} ${equals(database, 'k.resource', resource)}
      ${equals(database, 'k.namespace', namespace)} ${equals(database, 'k.name', name)}
      ${among(database, 'k', resources)} ${behind(database, 'k', afterKey)}
      AND EXISTS (
        SELECT FROM history h
        WHERE h.log = 'LOG' AND (h.api_group, h.resource, h.namespace, h.name) = (k.api_group, k.resource, k.namespace, k.name)
          AND h.revision > ${from} AND h.revision <= ${to}
      )`;
}

/** Not of what came and went in between: pods do, and of those there are more than of anything else. */
function wasThere(database: Database, { from, to }: ChangedObjectsQuery): Fragment {
  return database`(k.first_revision <= ${from} OR k.gone_revision IS NULL OR k.gone_revision > ${to})`;
}

function behind(database: Database, table: 'h' | 'k', key: ObjectKey | undefined): Fragment {
  if (key === undefined) return database``;
  const columns = ['api_group', 'resource', 'namespace', 'name'].map((column) => `${table}.${column}`).join(', ');
  return database`AND (${database.unsafe(columns)}) > (${key.group}, ${key.resource}, ${key.namespace}, ${key.name})`;
}

function among(database: Database, table: 'h' | 'k', resources: readonly string[] | undefined): Fragment {
  if (resources === undefined) return database``;
  const place = database.unsafe(`${table}.api_group || '/' || ${table}.resource`);
  return database`AND ${place} = ANY(${resources as string[]})`;
}

function defined(within: Readonly<Record<string, unknown>>): Partial<ChangesQuery> {
  return Object.fromEntries(Object.entries(within).filter(([, value]) => value !== undefined));
}

/** The last event of key `k` up to a revision, as `<name>`, unless it is a deletion. */
function stateAt(database: Database, name: string, at: number): Fragment {
  return database`
    LEFT JOIN LATERAL (
      SELECT last.* FROM (
        SELECT * FROM history h
        WHERE h.log = 'LOG' AND (h.api_group, h.resource, h.namespace, h.name) = (k.api_group, k.resource, k.namespace, k.name)
          AND h.revision <= ${at}
        ORDER BY h.revision DESC LIMIT 1
      ) last WHERE last.verb <> 'deleted'
    ) ${database(name)} ON true`;
}

const STATE_COLUMNS = {
  version: 'version',
  uid: 'uid',
  revision: 'revision',
  created_revision: 'created',
  body_offset: 'offset',
  body_bytes: 'bytes',
} as const;

function stateColumns(database: Database, name: string, prefix: string): Fragment {
  const columns = Object.entries(STATE_COLUMNS).map(([column, as]) => `${name}.${column} AS ${prefix}_${as}`);
  return database`${database.unsafe(columns.join(', '))}`;
}

function pairOfRow(row: PairRow): ChangedObject {
  const { api_group: group, resource, namespace, name } = row;
  const key: ObjectKey = { group, resource, namespace, name };
  const state = (prefix: 'from' | 'to'): ProjectedObject | undefined => {
    const version = row[`${prefix}_version`];
    if (version === null) return undefined;
    return {
      key,
      version,
      uid: uid(row[`${prefix}_uid`]),
      revision: revision(row[`${prefix}_revision`]),
      createdRevision: revision(row[`${prefix}_created`]),
      stored: row[`${prefix}_body`],
    };
  };
  const [from, to] = [state('from'), state('to')];
  return { key, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
