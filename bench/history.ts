/**
 * Measures what is asked of a long history: who changed what, why, and what lies between two moments:
 *
 *     node --conditions=source bench/history.ts --dir DIR [--events 10000000] [--rounds 300]
 *
 * The history is made by SQL, as large as it is asked for, and kept in DIR: a further run goes on with it. It is one of
 * roll-outs: of ten events one is a user's update of one of 20 000 Deployments, seven follow from it, each caused by the one
 * before (ReplicaSet, pod, binding, status, …), one marks the pod's end and one is a user's update of a ConfigMap.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import { causeChain, consequenceTree } from '@taffrail/history/why';
import { changeEntry } from '@taffrail/history/change-entry';
import { revision, type Revision } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { seededRandom } from '@taffrail/platform/random';
import { openDatabase, type Database } from '@taffrail/projection/database';
import { migrate } from '@taffrail/projection/migrate';
import { openReadModel } from '@taffrail/projection/postgres-read-model';
import { bindAll } from './bind-all.ts';
import { askAll, load, type Question } from './questions.ts';

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    events: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '300' },
  },
});
if (values.dir === undefined) throw new Error('usage: bench/history.ts --dir DIR [--events N] [--rounds N]');
const DIRECTORY = values.dir;
const EVENTS = Number(values.events);
const ROUNDS = Number(values.rounds);
const PIECE = 500_000;
const PER_COMMIT = 50;
const BODY_BYTES = 700;
const HEADER_BYTES = 400;
const DEPLOYMENTS = 20_000;
const CONFIG_MAPS = 1_000;
const NAMESPACES = 200;
const USERS = 97;
/** Where in its group of ten each event stands. */
const UPDATE = 0;
const LAST_OF_CHAIN = 8;

const { signal } = new AbortController();
await mkdir(DIRECTORY, { recursive: true });
const postgres = await startPostgres({ clock: systemClock, signal, directory: join(DIRECTORY, 'postgres') });
try {
  await migrate(postgres.url);
  await generate();
  await sizes();
  await measure();
} finally {
  await postgres.stop();
}

/** The revision of the n-th event. */
function revisionAt(n: number): Revision {
  return revision((2 + Math.floor(n / PER_COMMIT)) * 1024 + (n % PER_COMMIT));
}

/** The same in SQL. */
function revisionSql(n: string): string {
  return `((2 + (${n}) / ${PER_COMMIT}) * 1024 + (${n}) % ${PER_COMMIT})`;
}

async function generate(): Promise<void> {
  const database = openDatabase({
    url: postgres.url,
    name: 'bench',
    connectionsCount: 2,
    settings: { synchronous_commit: 'off', maintenance_work_mem: '512MB', work_mem: '32MB' },
  });
  try {
    const [before] = await database<{ last: number | null }[]>`SELECT max(revision) AS last FROM history`;
    const last = before?.last ?? null;
    let done = last === null ? 0 : (Math.floor(last / 1024) - 2) * PER_COMMIT + (last % 1024) + 1;
    const indexes = await database<{ name: string; definition: string }[]>`
      SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
      FROM pg_index WHERE indrelid = 'history'::regclass AND NOT indisprimary`;
    if (done >= EVENTS) {
      await nameKeys(database);
      return await bindAll(database, postgres.pid);
    }
    for (const { name } of indexes) await database.unsafe(`DROP INDEX ${name}`);
    for (; done < EVENTS; done += PIECE) {
      await database.unsafe(pieceSql(done, Math.min(EVENTS, done + PIECE)));
      await database.unsafe(commitsSql(done, Math.min(EVENTS, done + PIECE)));
      console.log(`${Math.min(EVENTS, done + PIECE)} of ${EVENTS} events (load ${load()})`);
    }
    for (const { definition } of indexes) await database.unsafe(definition);
    await database.unsafe('VACUUM ANALYZE history');
    await database.unsafe('VACUUM ANALYZE commits');
    await nameKeys(database);
    await bindAll(database, postgres.pid);
  } finally {
    await database.end();
  }
}

/** Every object that ever was, as the projector would have noted it. */
async function nameKeys(database: Database): Promise<void> {
  const [known] = await database<{ count: number }[]>`SELECT count(*) FROM keys`;
  if ((known?.count ?? 0) > 0) return;
  await database`
    INSERT INTO keys (api_group, resource, namespace, name, first_revision, gone_revision)
    SELECT api_group, resource, namespace, name, min(revision), max(revision) FILTER (WHERE verb = 'deleted')
    FROM history GROUP BY api_group, resource, namespace, name ON CONFLICT DO NOTHING`;
  await database.unsafe('VACUUM ANALYZE keys');
}

function commitsSql(from: number, until: number): string {
  const body = `rpad('{"kind":"X","apiVersion":"v1","metadata":{"name":"x"},"spec":{"filler":"', ${BODY_BYTES - 3}, 'x') || '"}}'`;
  return `
    INSERT INTO commits (log, sequence, hash, time_ms, payload)
    SELECT 'LOG', 2 + c, md5(c::text) || md5(c::text), 1700000000000 + c * 250, t.payload
    FROM generate_series(${from / PER_COMMIT}, ${until / PER_COMMIT} - 1) c,
      (SELECT convert_to(repeat(' ', ${HEADER_BYTES}) || repeat(${body}, ${PER_COMMIT}), 'UTF8') AS payload) t`;
}

function pieceSql(from: number, until: number): string {
  const before = `(g - ${DEPLOYMENTS}) * 10`;
  return `
    INSERT INTO history (log, revision, previous_revision, created_revision, time_ms, verb, api_group, version, resource,
      namespace, name, uid, body_offset, body_bytes, user_name, user_groups, user_agent, source_address, field_manager,
      cause_revision, correlation, traceparent, request_verb, subresource, transaction_start, transaction_end)
    SELECT 'LOG', ${revisionSql('n')}, COALESCE(CASE WHEN previous >= 0 THEN ${revisionSql('previous')} END, 0), 1,
      1700000000000 + n / ${PER_COMMIT} * 250, CASE step WHEN 2 THEN 'created' WHEN 8 THEN 'deleted' ELSE 'updated' END,
      CASE WHEN resource IN ('deployments', 'replicasets') THEN 'apps' ELSE '' END, 'v1', resource, 'ns-' || key % ${NAMESPACES},
      resource || '-' || CASE WHEN resource = 'pods' THEN g ELSE key END, md5(resource || key), ${HEADER_BYTES} + n % ${PER_COMMIT} * ${BODY_BYTES},
      ${BODY_BYTES}, CASE WHEN step IN (0, 9) THEN 'user-' || g % ${USERS} ELSE 'system:kube-controller-manager' END,
      '{system:authenticated}', 'kubectl/v1.32.4 (linux/amd64) kubernetes/abc', '192.0.2.7', 'kubectl',
      CASE WHEN step BETWEEN 1 AND ${LAST_OF_CHAIN} THEN ${revisionSql('n - 1')} END, md5(g::text), '', 'update', '',
      n % ${PER_COMMIT}, n % ${PER_COMMIT}
    FROM (
      SELECT n, n / 10 AS g, n % 10 AS step, n / 10 % CASE WHEN n % 10 = 9 THEN ${CONFIG_MAPS} ELSE ${DEPLOYMENTS} END AS key,
        (ARRAY['deployments', 'replicasets', 'pods', 'pods', 'pods', 'replicasets', 'deployments', 'pods', 'pods', 'configmaps'])[n % 10 + 1] AS resource
      FROM generate_series(${from}::bigint, ${until - 1}::bigint) n
    ) e, LATERAL (
      SELECT CASE step WHEN 0 THEN ${before} + 6 WHEN 1 THEN ${before} + 5 WHEN 3 THEN n - 1 WHEN 4 THEN n - 1 WHEN 5 THEN n - 4
        WHEN 6 THEN n - 6 WHEN 7 THEN n - 3 WHEN 8 THEN n - 1 WHEN 9 THEN (g - ${CONFIG_MAPS}) * 10 + 9 ELSE -1 END AS previous
    ) p
    ORDER BY n`;
}

/** What the indexes of the history cost for each event. */
async function sizes(): Promise<void> {
  const database = openDatabase({ url: postgres.url, name: 'bench', connectionsCount: 1 });
  await database.unsafe('CHECKPOINT'); // what was just written is on the disk before anything is timed
  const indexes = await database<{ name: string; bytes: number }[]>`
    SELECT indexrelid::regclass::text AS name, pg_relation_size(indexrelid) AS bytes
    FROM pg_index WHERE indrelid = 'history'::regclass ORDER BY 1`;
  await database.end();
  for (const { name, bytes } of indexes) {
    console.log(`  ${name.padEnd(22)} ${(bytes / EVENTS).toFixed(1).padStart(6)} bytes an event`);
  }
}

async function measure(): Promise<void> {
  const model = openReadModel(postgres.url);
  const random = seededRandom(7);
  const any = (count: number): number => Math.floor(random.next() * count);
  const anyGroup = (): number => any(Math.floor(EVENTS / 10));
  const deployment = () => {
    const key = any(DEPLOYMENTS);
    return { group: 'apps', resource: 'deployments', namespace: `ns-${key % NAMESPACES}`, name: `deployments-${key}` };
  };
  const nothing = () => false;
  const told = { mayShow: () => true, encrypts: nothing };
  console.log(`${EVENTS} events; ${ROUNDS} rounds each`);
  const questions: readonly Question[] = [
    {
      what: 'last 50 changes of an object',
      rounds: ROUNDS,
      ask: async () => {
        const { changes } = await model.changes({ log: 'LOG', ...deployment(), limit: 50 });
        return changes.map((change) => changeEntry(change, nothing)).length;
      },
    },
    {
      what: '50 changes of it before a moment',
      rounds: ROUNDS,
      ask: async () => {
        const before = revisionAt(any(EVENTS));
        return (await model.changes({ log: 'LOG', ...deployment(), before, limit: 50 })).changes.map((change) =>
          changeEntry(change, nothing),
        ).length;
      },
    },
    {
      what: '50 changes of a namespace',
      rounds: ROUNDS,
      ask: async () => {
        const namespace = `ns-${any(NAMESPACES)}`;
        const { changes } = await model.changes({ log: 'LOG', namespace, before: revisionAt(any(EVENTS)), limit: 50 });
        return changes.map((change) => changeEntry(change, nothing)).length;
      },
    },
    {
      what: '50 changes of a user',
      rounds: ROUNDS,
      ask: async () => {
        const user = `user-${any(USERS)}`;
        const { changes } = await model.changes({ log: 'LOG', user, before: revisionAt(any(EVENTS)), limit: 50 });
        return changes.map((change) => changeEntry(change, nothing)).length;
      },
    },
    {
      what: 'why, nine steps back',
      rounds: ROUNDS,
      ask: async () => {
        const at = revisionAt(anyGroup() * 10 + LAST_OF_CHAIN);
        return causeChain(await model.causes({ log: 'LOG', at, limit: limits.causesCount }), told).steps.length;
      },
    },
    {
      what: 'what it led to, eight levels',
      rounds: ROUNDS,
      ask: async () => {
        const at = revisionAt(anyGroup() * 10 + UPDATE);
        const [root] = await model.causes({ log: 'LOG', at, limit: 1 });
        if (root === undefined) return 0;
        const bounds = {
          depth: limits.causesCount,
          width: limits.consequencesEachCount,
          count: limits.consequencesCount,
        };
        const tree = await consequenceTree(
          root,
          (of, limitEach) => model.consequences({ of: of.map(({ event }) => event.revision), limitEach }),
          bounds,
          told,
        );
        return JSON.stringify(tree).split('"elapsedMs"').length - 1;
      },
    },
    {
      what: 'an object at two moments',
      rounds: ROUNDS,
      ask: async () => {
        const first = any(EVENTS);
        const [from, to] = [revisionAt(first), revisionAt(Math.min(EVENTS - 1, first + any(1_000_000)))];
        return (await model.changedObjects({ ...deployment(), from, to, limit: 1 })).objects.length;
      },
    },
    {
      what: 'a namespace after 1 000 changes',
      rounds: ROUNDS,
      ask: async () => {
        const first = any(EVENTS - 1_000 * NAMESPACES);
        const [from, to] = [revisionAt(first), revisionAt(first + 1_000 * NAMESPACES)];
        const namespace = `ns-${any(NAMESPACES)}`;
        return (await model.changedObjects({ namespace, from, to, limit: limits.diffObjectsCount })).objects.length;
      },
    },
    {
      what: 'the cluster from first to last',
      rounds: ROUNDS,
      ask: async () => {
        const asked = { from: revisionAt(0), to: revisionAt(EVENTS - 1), limit: limits.diffObjectsCount };
        return (await model.changedObjects(asked)).objects.length;
      },
    },
    {
      what: 'a namespace from first to last',
      rounds: ROUNDS,
      ask: async () => {
        const namespace = `ns-${any(NAMESPACES)}`;
        const asked = { namespace, from: revisionAt(0), to: revisionAt(EVENTS - 1), limit: limits.diffObjectsCount };
        return (await model.changedObjects(asked)).objects.length;
      },
    },
  ];
  await askAll(questions, { pid: postgres.pid, directory: join(DIRECTORY, 'postgres', 'data') });
  await model.close();
}
