/**
 * Measures reads of the past on a long history:
 *
 *     node --conditions=source bench/past.ts --dir DIR written  [--events 1000000]     through a JetStream log and the projector
 *     node --conditions=source bench/past.ts --dir DIR generate [--events 10000000]    by SQL, a piece at a time; run it again
 *     node --conditions=source bench/past.ts --dir DIR measure  [--rounds 400]         whatever DIR holds
 *
 * The history is a cluster's: of ten events six are of pods that come and go (5 000 at a time, each with a name of its own and
 * eight events in its life), four are updates of 50 000 ConfigMaps that stay. Both commands make the same events.
 * `generate` makes no `objects` (what is alive), which reads of the past do not touch.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '@taffrail/embedded/nats-server';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import { changeEntry } from '@taffrail/history/change-entry';
import type { Commit } from '@taffrail/log/commit';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import type { CommitLog } from '@taffrail/log/commit-log';
import { connectNats } from '@taffrail/log/connect';
import type { EventDraft } from '@taffrail/log/event';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { revision, sequence, uid, type Revision } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom, systemRandom } from '@taffrail/platform/random';
import { boundUntil } from '@taffrail/projection/chapters';
import { openDatabase, type Database } from '@taffrail/projection/database';
import { migrate } from '@taffrail/projection/migrate';
import { openReadModel } from '@taffrail/projection/postgres-read-model';
import { startProjector } from '@taffrail/projection/projector';
import type { ChangesQuery, ReadModel } from '@taffrail/projection/read-model';
import { findResource } from '@taffrail/resources/registry';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { ObjectKey } from '@taffrail/resources/object';
import { bindAll } from './bind-all.ts';
import { askAll, load, seconds, type Question } from './questions.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: 'string' },
    events: { type: 'string' },
    rounds: { type: 'string', default: '400' },
    /** Events of one piece, and how long a run works before it leaves the rest to the next one. */
    piece: { type: 'string', default: '500000' },
    minutes: { type: 'string', default: '8' },
  },
});
const [command] = positionals;
if (values.dir === undefined || command === undefined)
  throw new Error('usage: bench/past.ts --dir DIR written|generate|measure');
const directory = values.dir;
await mkdir(directory, { recursive: true });
const { signal } = new AbortController();

const PER_COMMIT = 50;
const BODY_BYTES = 700;
const HEADER_BYTES = 400;
const SLOTS = 5_000;
const LIFE = 8;
const KEPT = 50_000;
const NAMESPACES = 50;
const FILLERS = Array.from({ length: Math.ceil(BODY_BYTES / 32) }, (_, part) => part);

const postgres = await startPostgres({ clock: systemClock, signal, directory: join(directory, 'postgres') });
await migrate(postgres.url);
const database = openDatabase({
  url: postgres.url,
  name: 'bench',
  connectionsCount: 2,
  settings: { synchronous_commit: 'off', maintenance_work_mem: '512MB', work_mem: '64MB' },
});
try {
  if (command === 'written') await written(Number(values.events ?? 1_000_000));
  else if (command === 'generate') await generate(Number(values.events ?? 10_000_000));
  else if (command !== 'measure') throw new Error(`there is no ${command}`);
  if (
    command === 'measure' ||
    (await isWhole(Number(values.events ?? (command === 'written' ? 1_000_000 : 10_000_000))))
  )
    await measure(Number(values.rounds));
} finally {
  await database.end();
  await postgres.stop();
}

/** What the n-th event of the history is about. The SQL below says the same. */
function eventOf(n: number): Pick<EventDraft, 'resource' | 'namespace' | 'name' | 'verb'> {
  const step = n % 10;
  if (step >= 6) {
    const key = (Math.floor(n / 10) * 4 + step - 6) % KEPT;
    const first = Math.floor(n / 10) * 4 + step - 6 < KEPT;
    return {
      resource: 'configmaps',
      namespace: `ns-${key % NAMESPACES}`,
      name: `kept-${key}`,
      verb: first ? 'created' : 'updated',
    };
  }
  const pod = Math.floor(n / 10) * 6 + step;
  const slot = pod % SLOTS;
  const round = Math.floor(pod / SLOTS);
  const age = round % LIFE;
  // Multiplied so that names, as generated ones do, stand in no order.
  const name = `web-${((slot * 7_919 + Math.floor(round / LIFE) * 104_729) % 1_000_003).toString().padStart(7, '0')}-${Math.floor(round / LIFE)}`;
  const verb = age === 0 ? 'created' : age === LIFE - 1 ? 'deleted' : 'updated';
  return { resource: 'pods', namespace: `ns-${slot % NAMESPACES}`, name, verb };
}

/** Writes the history through a log in commits, projecting it as it comes. A run that ends early is taken up by the next one. */
async function written(events: number): Promise<void> {
  const nats = await startNats({ clock: systemClock, signal, storeDir: join(directory, 'nats'), random: systemRandom });
  const link = await connectNats({ url: nats.url, name: 'bench', clock: systemClock, logger: silentLogger });
  const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
  const projector = startProjector({ log, database, clock: systemClock, random: systemRandom, logger: silentLogger });
  const endMs = systemClock.monotonicMs() + Number(values.minutes) * 60_000;
  try {
    let last = await headCommit(log);
    const begun = (last.sequence - 1) * PER_COMMIT;
    const startedMs = systemClock.monotonicMs();
    const revisions = new Map<string, Revision>();
    let n = begun;
    for (; n < events && systemClock.monotonicMs() < endMs; n += PER_COMMIT) {
      const drafts = Array.from({ length: PER_COMMIT }, (_, index) => {
        const about = eventOf(n + index);
        const key = `${about.resource}/${about.namespace}/${about.name}`;
        const previousRevision = about.verb === 'created' ? revision(0) : (revisions.get(key) ?? revision(1));
        if (about.verb === 'deleted') revisions.delete(key);
        else revisions.set(key, revision((last.sequence + 1) * 1024 + index));
        return draftEvent({ ...about, uid: uid(key), previousRevision, object: bodyOf(about, n + index) });
      });
      last = decodeCommit(encodeCommit(draftCommit(last, drafts)));
      await log.append(last.payload, sequence(last.sequence - 1));
    }
    const rate = (ms: number): number => Math.round(((n - begun) / ms) * 1000);
    const appendedMs = systemClock.monotonicMs() - startedMs;
    console.log(`${n} of ${events} events written, ${rate(appendedMs)}/s (${seconds(appendedMs)}, load ${load()})`);
    await projector.waitFor(last.sequence, 1_800_000);
    const ms = systemClock.monotonicMs() - startedMs;
    console.log(`projected after ${seconds(ms)}, ${rate(ms)}/s (load ${load()})`);
  } finally {
    await projector.close();
    await link.close();
    await nats.stop();
  }
  await database.unsafe('VACUUM ANALYZE');
  await bindAll(database, postgres.pid, endMs);
}

async function headCommit(log: CommitLog): Promise<Commit> {
  const { sequence: head } = await log.head();
  for await (const { payload } of log.read({ from: sequence(Math.max(1, head)), until: head, signal }))
    return decodeCommit(payload);
  const genesis = decodeCommit(encodeCommit(draftCommit()));
  await log.append(genesis.payload, sequence(0));
  return genesis;
}

/** What fills a body differs from object to object and stays through the life of one, as most of an object does. */
function bodyOf({ resource, namespace, name }: ReturnType<typeof eventOf>, n: number): Uint8Array {
  const kind = resource === 'pods' ? 'Pod' : 'ConfigMap';
  const head = `{"kind":"${kind}","apiVersion":"v1","metadata":{"name":"${name}","namespace":"${namespace}"},"data":{"n":"${n}","filler":"`;
  const filler = FILLERS.map((part) => createHash('md5').update(`${name}${part}`).digest('hex')).join('');
  return Buffer.from(`${head}${filler.slice(0, BODY_BYTES - 3 - head.length)}"}}`);
}

function bodySql(): string {
  const head = `'{"kind":"' || CASE resource WHEN 'pods' THEN 'Pod' ELSE 'ConfigMap' END || '","apiVersion":"v1","metadata":{"name":"' || name || '","namespace":"' || namespace || '"},"data":{"n":"' || n || '","filler":"'`;
  return `rpad(${head} || ${FILLERS.map((part) => `md5(name || '${part}')`).join(' || ')}, ${BODY_BYTES - 3}) || '"}}'`;
}

/** Makes the history by SQL, piece by piece, without indexes that can be made at the end. */
async function generate(events: number): Promise<void> {
  const [before] = await database<{ last: number | null }[]>`SELECT max(revision) AS last FROM history`;
  const reached = before?.last ?? null;
  let done = reached === null ? 0 : (Math.floor(reached / 1024) - 2) * PER_COMMIT + (reached % 1024) + 1;
  if (done < events) await setIndexesAside();
  const endMs = systemClock.monotonicMs() + Number(values.minutes) * 60_000;
  while (done < events && systemClock.monotonicMs() < endMs) {
    const until = Math.min(events, done + Number(values.piece));
    const startedMs = systemClock.monotonicMs();
    await piece(done, until);
    done = until;
    console.log(`${done} of ${events} events (${seconds(systemClock.monotonicMs() - startedMs)}, load ${load()})`);
  }
  if (done < events) return;
  if (systemClock.monotonicMs() < endMs) await completeKeys(events);
  if (systemClock.monotonicMs() < endMs) await bringIndexesBack(endMs);
  await bindAll(database, postgres.pid, endMs);
}

async function isWhole(events: number): Promise<boolean> {
  const [row] = await database<{ aside: string | null; events: number; bound: number }[]>`
    SELECT to_regclass('bench_indexes')::text AS aside, (SELECT count(*) FROM history) AS events,
      (SELECT COALESCE(sum(events), 0)::bigint FROM chapters) AS bound`;
  const whole = row?.aside === null && row.events >= events && row.events - row.bound < limits.chapterEventsCount;
  if (!whole) console.log('not whole yet: run it again');
  return whole;
}

async function setIndexesAside(): Promise<void> {
  await database`CREATE TABLE IF NOT EXISTS bench_indexes (name text PRIMARY KEY, definition text NOT NULL)`;
  await database`
    INSERT INTO bench_indexes SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = 'history'::regclass AND NOT indisprimary ON CONFLICT DO NOTHING`;
  for (const { name } of await database<{ name: string }[]>`SELECT name FROM bench_indexes`) {
    await database.unsafe(`DROP INDEX IF EXISTS ${name}`);
  }
}

async function bringIndexesBack(endMs: number): Promise<void> {
  const [table] = await database<{ found: string | null }[]>`SELECT to_regclass('bench_indexes')::text AS found`;
  if (table?.found == null) return;
  for (const { name, definition } of await database<
    { name: string; definition: string }[]
  >`SELECT * FROM bench_indexes`) {
    if (systemClock.monotonicMs() > endMs) return;
    const startedMs = systemClock.monotonicMs();
    await database.unsafe(definition);
    await database`DELETE FROM bench_indexes WHERE name = ${name}`;
    console.log(`index ${name} (${seconds(systemClock.monotonicMs() - startedMs)})`);
  }
  await database.unsafe('VACUUM ANALYZE');
  await database`DROP TABLE bench_indexes`;
}

async function piece(from: number, until: number): Promise<void> {
  await database.begin(async (transaction) => {
    await transaction.unsafe(`
      INSERT INTO commits (log, sequence, hash, time_ms, payload)
      SELECT 'LOG', 2 + c, md5(c::text) || md5(c::text), 1700000000000 + c * 250,
        convert_to(repeat(' ', ${HEADER_BYTES}) || bodies, 'UTF8')
      FROM (
        SELECT n / ${PER_COMMIT} AS c, string_agg(${bodySql()}, '' ORDER BY n) AS bodies
        FROM (${eventsSql(from, until)}) e GROUP BY n / ${PER_COMMIT} ORDER BY 1
      ) each_commit
      ON CONFLICT DO NOTHING`);
    await transaction.unsafe(`
      INSERT INTO history (log, revision, previous_revision, created_revision, time_ms, verb, api_group, version, resource,
        namespace, name, uid, body_offset, body_bytes, user_name, user_groups, user_agent, source_address, field_manager,
        cause_revision, correlation, traceparent, request_verb, subresource, transaction_start, transaction_end)
      SELECT 'LOG', (2 + n / ${PER_COMMIT}) * 1024 + n % ${PER_COMMIT}, CASE verb WHEN 'created' THEN 0 ELSE (2 + previous / ${PER_COMMIT}) * 1024 + previous % ${PER_COMMIT} END, 1,
        1700000000000 + n / ${PER_COMMIT} * 250, verb, '', 'v1', resource, namespace, name, md5(name)::uuid::text,
        ${HEADER_BYTES} + n % ${PER_COMMIT} * ${BODY_BYTES}, ${BODY_BYTES}, 'user-' || n % 97, '{system:authenticated}',
        'kubectl/v1.32.4 (linux/amd64) kubernetes/abc', '192.0.2.7', 'kubectl', NULL, md5(n::text), '', 'update', '',
        n % ${PER_COMMIT}, n % ${PER_COMMIT}
      FROM (${eventsSql(from, until)}) e ORDER BY n`);
  });
}

function eventsSql(from: number, until: number): string {
  return `
    SELECT n,
      CASE WHEN kept THEN 'configmaps' ELSE 'pods' END AS resource,
      'ns-' || CASE WHEN kept THEN key ELSE slot END % ${NAMESPACES} AS namespace,
      CASE WHEN kept THEN 'kept-' || key
        ELSE 'web-' || lpad(((slot * 7919 + round / ${LIFE} * 104729) % 1000003)::text, 7, '0') || '-' || round / ${LIFE} END AS name,
      CASE WHEN kept THEN CASE WHEN number < ${KEPT} THEN 'created' ELSE 'updated' END
        WHEN round % ${LIFE} = 0 THEN 'created' WHEN round % ${LIFE} = ${LIFE - 1} THEN 'deleted' ELSE 'updated' END AS verb,
      CASE WHEN kept THEN n - ${(KEPT / 4) * 10} ELSE (pod - ${SLOTS}) / 6 * 10 + (pod - ${SLOTS}) % 6 END AS previous
    FROM (
      SELECT n, n % 10 >= 6 AS kept, n / 10 * 4 + n % 10 - 6 AS number, (n / 10 * 4 + n % 10 - 6) % ${KEPT} AS key,
        n / 10 * 6 + n % 10 AS pod,
        (n / 10 * 6 + n % 10) % ${SLOTS} AS slot, (n / 10 * 6 + n % 10) / ${SLOTS} AS round
      FROM generate_series(${from}::bigint, ${until - 1}::bigint) n
    ) numbered`;
}

async function completeKeys(events: number): Promise<void> {
  const [known] = await database<{ count: number }[]>`SELECT count(*) FROM keys`;
  if ((known?.count ?? 0) > 0) return;
  const startedMs = systemClock.monotonicMs();
  await database.unsafe(`
    INSERT INTO keys (api_group, resource, namespace, name, first_revision, gone_revision)
    SELECT '', resource, namespace, name, min(at), CASE WHEN max(at) FILTER (WHERE verb = 'deleted') = max(at) THEN max(at) END
    FROM (SELECT e.*, (2 + n / ${PER_COMMIT}) * 1024 + n % ${PER_COMMIT} AS at FROM (${eventsSql(0, events)}) e) placed
    GROUP BY resource, namespace, name`);
  await database`
    INSERT INTO projection (log, sequence, hash, time_ms)
    SELECT log, sequence, hash, time_ms FROM commits WHERE log = 'LOG' ORDER BY sequence DESC LIMIT 1`;
  console.log(`names (${seconds(systemClock.monotonicMs() - startedMs)})`);
}

/** Asks what clients ask, at random moments, and prints how long it took. */
async function measure(rounds: number): Promise<void> {
  await database.unsafe('CHECKPOINT'); // what was just written is on the disk before anything is timed
  await sizes(database);
  const model = openReadModel(postgres.url);
  const random = seededRandom(11);
  const pods = definitionOf('pods');
  const configMaps = definitionOf('configmaps');
  const [range] = await database<{ last: number; first_ms: number; last_ms: number }[]>`
    SELECT max(sequence) AS last, min(time_ms) AS first_ms, max(time_ms) AS last_ms FROM commits WHERE log = 'LOG'`;
  if (range === undefined) throw new Error('there is no history');
  const last = await lastAsked(range.last);
  const anyRevision = (): Revision =>
    revision((2 + Math.floor(random.next() * (last - 2))) * 1024 + Math.floor(random.next() * PER_COMMIT));
  const anyNamespace = (): string => `ns-${Math.floor(random.next() * NAMESPACES)}`;
  const anyKept = (): ObjectKey => {
    const key = Math.floor(random.next() * KEPT);
    return { group: '', resource: 'configmaps', namespace: `ns-${key % NAMESPACES}`, name: `kept-${key}` };
  };
  const lastChanges = async (of: Omit<ChangesQuery, 'log' | 'limit'>): Promise<number> => {
    const { changes } = await model.changes({ log: 'LOG', ...of, limit: 50 });
    return changes.map((change) => changeEntry(change, () => false)).length;
  };
  const anyPlace = (name: string): { namespace: string; name: string } => ({ namespace: anyNamespace(), name });
  const page = async (definition: ResourceDefinition, after: { namespace: string; name: string }): Promise<number> =>
    (await model.objectsAt({ definition, namespace: undefined, at: anyRevision(), after, limit: 500 })).objects.length;
  const questions: readonly Question[] = [
    {
      what: 'page of 500 of all pods',
      rounds,
      ask: () => page(pods, anyPlace(`web-${Math.floor(random.next() * 1_000_003)}`)),
    },
    {
      what: 'page of 500 of all ConfigMaps',
      rounds,
      ask: () => page(configMaps, anyPlace(`kept-${Math.floor(random.next() * KEPT)}`)),
    },
    {
      what: 'first page of a namespace',
      rounds,
      async ask() {
        const query = { definition: pods, namespace: anyNamespace(), at: anyRevision(), limit: 500 };
        return (await model.objectsAt(query)).objects.length;
      },
    },
    {
      what: 'get',
      rounds,
      ask: async () => (await model.history({ key: anyKept(), limit: 1, before: anyRevision() })).length,
    },
    {
      what: 'last 50 changes of a ConfigMap',
      rounds,
      ask: () => lastChanges({ ...anyKept(), before: revision((last + 1) * 1024) }),
    },
    {
      what: '50 changes of it before a moment',
      rounds,
      ask: () => lastChanges({ ...anyKept(), before: anyRevision() }),
    },
    {
      what: 'moment of a time',
      rounds,
      async ask() {
        const timeMs = range.first_ms + Math.floor(random.next() * (range.last_ms - range.first_ms));
        return (await model.momentAtTime('LOG', timeMs)) === undefined ? 0 : 1;
      },
    },
    {
      what: 'all 5 000 pods of a moment',
      rounds: Math.ceil(rounds / 10),
      ask: async () => await whole(model, pods, anyRevision()),
    },
  ];
  await askAll(questions, { pid: postgres.pid, directory: join(directory, 'postgres', 'data') });
  await model.close();
}

/**
 * Up to which commit is asked. A server that keeps up with its log has less than a chapter left to bind; where binding has
 * not come so far, questions are about what is bound, beside all the rest.
 */
async function lastAsked(last: number): Promise<number> {
  const until = Math.floor((await boundUntil(database)) / 1024);
  if (until === 0 || (last - until) * PER_COMMIT < limits.chapterEventsCount) return last;
  console.log(`bound up to commit ${until} of ${last}: asked up to there`);
  return until - 1;
}

async function whole(model: ReadModel, definition: ResourceDefinition, at: Revision): Promise<number> {
  let count = 0;
  let after: { namespace: string; name: string } | undefined;
  for (;;) {
    const { objects, more } = await model.objectsAt({
      definition,
      namespace: undefined,
      at,
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    count += objects.length;
    after = objects.at(-1)?.key;
    if (!more) return count;
  }
}

async function sizes(database: Database): Promise<void> {
  const [events] = await database<{ count: number }[]>`SELECT count(*) FROM history`;
  const count = events?.count ?? 0;
  const tables = await database<{ name: string; heap: number; indexes: number }[]>`
    SELECT relname AS name, pg_table_size(oid) AS heap, pg_indexes_size(oid) AS indexes FROM pg_class
    WHERE relname IN ('history', 'keys', 'commits', 'objects', 'chapter_objects') AND relnamespace = 'public'::regnamespace ORDER BY relname`;
  console.log(`${count} events of ${BODY_BYTES} bytes; storage for each event:`);
  let total = 0;
  for (const { name, heap, indexes } of tables) {
    total += heap + indexes;
    console.log(
      `  ${name.padEnd(15)} ${(heap / count).toFixed(0).padStart(5)} bytes, indexes ${(indexes / count).toFixed(0).padStart(4)} bytes`,
    );
  }
  console.log(`  together ${(total / count).toFixed(0)} bytes (${(total / 1024 / 1024 / 1024).toFixed(1)} GiB)`);
}

function definitionOf(resource: string): ResourceDefinition {
  const found = findResource('', 'v1', resource);
  if (found === undefined) throw new Error(`there are no ${resource}`);
  return found;
}
