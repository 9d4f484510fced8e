import { once } from 'node:events';
import type { Commit } from '@taffrail/log/commit';
import type { LogEvent } from '@taffrail/log/event';
import type { Revision } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Database } from './database.ts';
import type { ProjectionPosition } from './read-model.ts';

/*
 * Fills empty tables with a whole log, many times faster than the projector would: history goes in by COPY, what is alive
 * is found at the end, once for each object, and the second copy is only compared. Nobody reads the tables meanwhile, so
 * nothing has to be true before the end.
 */

const COLUMNS = [
  'log, revision, previous_revision, created_revision, time_ms, verb, api_group, version, resource, namespace, name, uid',
  'body_offset, body_bytes, user_name, user_groups, user_agent, source_address, field_manager, cause_revision',
  'correlation, traceparent, request_verb, subresource, transaction_start, transaction_end',
].join(', ');

/** Takes commits in order, and makes a projection of them at the end. */
export interface BulkReplay {
  add(commits: readonly Commit[]): Promise<void>;
  /** Finds what is alive and notes the position; undefined when there was no commit. */
  finish(): Promise<ProjectionPosition | undefined>;
}

/** `database` has the empty tables first in its search path. Throws OperatingError `log-corrupt` where the second copy differs. */
export function replayInBulk(database: Database, log: string): BulkReplay {
  /** When the live object of a key was created. */
  const created = new Map<string, Revision>();
  let last: Commit | undefined;

  return {
    async add(commits) {
      await compareCopy(database, log, commits);
      const rows: string[] = [];
      for (const commit of commits) {
        for (const event of commit.events)
          rows.push(historyRow(log, event, commit.payload, createdRevision(created, event)));
      }
      last = commits.at(-1) ?? last;
      if (rows.length > 0) await copyRows(database, rows);
    },
    async finish() {
      if (last === undefined) return undefined;
      const { sequence, hash, timeMs } = last;
      await database.begin(async (transaction) => {
        await transaction`SET LOCAL work_mem = '64MB'`;
        await transaction`
          INSERT INTO keys (api_group, resource, namespace, name, first_revision, gone_revision)
          SELECT api_group, resource, namespace, name, min(revision),
            CASE WHEN max(revision) FILTER (WHERE verb = 'deleted') = max(revision) THEN max(revision) END
          FROM history WHERE log = ${log}
          GROUP BY api_group, resource, namespace, name ON CONFLICT DO NOTHING`;
        await transaction`
          INSERT INTO objects (log, api_group, resource, namespace, name, version, uid, revision, created_revision, body)
          SELECT h.log, h.api_group, h.resource, h.namespace, h.name, h.version, h.uid, h.revision, h.created_revision,
            substring(c.payload FROM h.body_offset + 1 FOR h.body_bytes)
          FROM (
            SELECT DISTINCT ON (api_group, resource, namespace, name) log, api_group, resource, namespace, name, version,
              uid, revision, created_revision, verb, body_offset, body_bytes
            FROM history WHERE log = ${log}
            ORDER BY api_group, resource, namespace, name, revision DESC
          ) h JOIN commits c ON c.log = h.log AND c.sequence = h.revision / 1024
          WHERE h.verb <> 'deleted' ORDER BY h.revision`; // bodies are read in the order they are stored in
        await transaction`
          INSERT INTO projection (log, sequence, hash, time_ms) VALUES (${log}, ${sequence}, ${hash}, ${timeMs})`;
      });
      return { log, sequence, hash, timeMs };
    },
  };
}

function createdRevision(created: Map<string, Revision>, event: LogEvent): Revision {
  const key = `${event.group}/${event.resource}/${event.namespace}/${event.name}`;
  const known = event.verb === 'created' ? event.revision : (created.get(key) ?? event.revision);
  if (event.verb === 'deleted') created.delete(key);
  else created.set(key, known);
  return known;
}

/** Adds what the second copy lacks; it must hold the same commits otherwise. */
async function compareCopy(database: Database, log: string, commits: readonly Commit[]): Promise<void> {
  const [first, last] = [commits[0], commits.at(-1)];
  if (first === undefined || last === undefined) return;
  const rows = await database<{ sequence: number; hash: string }[]>`
    SELECT sequence, hash FROM commits WHERE log = ${log} AND sequence BETWEEN ${first.sequence} AND ${last.sequence}`;
  const copied = new Map(rows.map((row) => [row.sequence, row.hash]));
  for (const { sequence, hash, timeMs, payload } of commits) {
    const known = copied.get(sequence);
    if (known === hash) continue;
    if (known !== undefined) {
      throw new OperatingError(
        'log-corrupt',
        `log ${log}: commit ${sequence} differs from its second copy in Postgres`,
      );
    }
    await database`
      INSERT INTO commits (log, sequence, hash, time_ms, payload)
      VALUES (${log}, ${sequence}, ${hash}, ${timeMs}, ${Buffer.from(payload)}) ON CONFLICT DO NOTHING`;
  }
}

async function copyRows(database: Database, rows: readonly string[]): Promise<void> {
  const into = await database.unsafe(`COPY history (${COLUMNS}) FROM STDIN`).writable();
  const finished = once(into, 'finish');
  into.end(rows.join(''));
  await finished;
}

/** A line of COPY's text format, in the order of `COLUMNS`. */
function historyRow(log: string, event: LogEvent, payload: Uint8Array, created: Revision): string {
  const { actor, cause, request, object } = event;
  const fields = [
    log,
    event.revision,
    event.previousRevision,
    created,
    event.timeMs,
    event.verb,
    text(event.group),
    text(event.version),
    text(event.resource),
    text(event.namespace),
    text(event.name),
    text(event.uid),
    object.byteOffset - payload.byteOffset,
    object.byteLength,
    text(actor.user),
    text(`{${actor.groups.map((group) => `"${group.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`),
    text(actor.userAgent),
    text(actor.address),
    text(actor.fieldManager),
    cause.revision ?? String.raw`\N`,
    text(cause.correlation),
    text(cause.traceparent),
    request.verb,
    text(request.subresource),
    event.transactionStart,
    event.transactionEnd,
  ];
  return `${fields.join('\t')}\n`;
}

const SPECIAL = /[\\\n\r\t\0]|[\uD800-\uDFFF]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\uFFFD',
};

/** A text column's value; what Postgres cannot hold (NUL, half surrogate pairs) becomes U+FFFD, as in the projector. */
function text(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value.toWellFormed().replaceAll(/[\\\n\r\t\0]/g, (character) => ESCAPES[character] ?? character);
}
