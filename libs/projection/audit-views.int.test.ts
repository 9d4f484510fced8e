import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import { memoryLog } from '@taffrail/log/memory-log';
import { encodeObject } from '@taffrail/log/object-bytes';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { revision, sequence } from '@taffrail/platform/brand';
import type { WindowLog } from '@taffrail/log/window-log';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { rebuild } from './rebuild.ts';
import { project } from './testing/project.ts';

const { signal } = new AbortController();
const SECRET_VALUE = Buffer.from('a value nobody may see').toString('base64');
let fresh: TestDatabase;
let database: Database;
let log: WindowLog;

/** A request that creates a Secret and a ConfigMap together, and a controller that acts because of it. */
beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 2 });
  log = memoryLog('LOG');
  const object = encodeObject({ kind: 'Secret', apiVersion: 'v1', metadata: { name: 's' }, data: { k: SECRET_VALUE } });
  const alice = { ...draftEvent().actor, user: 'alice', groups: ['team'], userAgent: 'kubectl', address: '192.0.2.7' };
  const genesis = decodeCommit(encodeCommit(draftCommit()));
  const together = draftCommit(genesis, [
    draftEvent({ actor: alice, resource: 'secrets', name: 's', object }),
    draftEvent({ actor: { ...alice, impersonator: 'root' }, name: 'c' }),
  ]);
  const events = together.events.map((event) => ({ ...event, transactionStart: 0, transactionEnd: 1 }));
  const first = decodeCommit(encodeCommit({ ...together, events }));
  const cause = { ...draftEvent().cause, revision: revision(2049) };
  const second = decodeCommit(encodeCommit(draftCommit(first, [draftEvent({ name: 'made', cause })])));
  for (const [index, { payload }] of [genesis, first, second].entries()) await log.append(payload, sequence(index));
  await project(database, log, sequence(3));
});
afterEach(async () => {
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

test('the views say who changed what, when, from where and why, and which changes belong together', async () => {
  const events = await database`
    SELECT revision, verb, resource, name, user_name, impersonator, source_address, cause_revision, transaction_first,
      transaction_last
    FROM audit.events WHERE time <= now() ORDER BY revision`;
  expect([...events]).toMatchObject([
    {
      revision: 2048,
      verb: 'created',
      resource: 'secrets',
      user_name: 'alice',
      impersonator: '',
      source_address: '192.0.2.7',
    },
    {
      revision: 2049,
      resource: 'configmaps',
      user_name: 'alice',
      impersonator: 'root',
      cause_revision: null,
      transaction_first: 2048,
      transaction_last: 2049,
    },
    { revision: 3072, name: 'made', cause_revision: 2049, transaction_first: 3072, transaction_last: 3072 },
  ]);
  const transactions = await database`SELECT * FROM audit.transactions ORDER BY first_revision`;
  expect([...transactions]).toMatchObject([
    { first_revision: 2048, last_revision: 2049, user_name: 'alice', created: 2, updated: 0, deleted: 0 },
    { first_revision: 3072, last_revision: 3072, created: 1 },
  ]);
  const causes = await database`SELECT step, revision, name FROM audit.causes(3072)`;
  expect([...causes]).toEqual([
    { step: 0, revision: 3072, name: 'made' },
    { step: 1, revision: 2049, name: 'c' },
  ]);
  const [commit] = await database<{ hash: string }[]>`SELECT hash FROM audit.commits WHERE sequence = 2`;
  expect(commit?.hash).toMatch(/^[0-9a-f]{64}$/);
});

test('an auditor who may read the views reads no table, and no view shows the inside of an object', async () => {
  const readable = await database<{ name: string; type: string }[]>`
    SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'audit'::regnamespace AND a.attnum > 0 ORDER BY 1`;
  expect(readable.filter(({ type }) => type === 'bytea' || type === 'json' || type === 'jsonb')).toEqual([]);
  for (const view of ['events', 'transactions', 'commits']) {
    const rows = await database.unsafe(`SELECT v::text AS row FROM audit.${view} v`);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((row) => String(row['row']).includes(SECRET_VALUE))).toEqual([]);
  }
  await asAuditor(async (run) => {
    expect(await run('SELECT count(*) AS n FROM audit.events')).toEqual([{ n: 3 }]);
    expect(await run('SELECT count(*) AS n FROM audit.causes(3072)')).toEqual([{ n: 2 }]);
    for (const table of ['history', 'objects', 'commits']) {
      await expect(run(`SELECT * FROM ${table}`)).rejects.toThrow(/permission denied/);
    }
  });
});

test('a rebuild leaves the views, who may read them, and the views others made over them', async () => {
  await database`CREATE VIEW public.mine AS SELECT user_name, count(*) AS changes FROM audit.events GROUP BY 1`;
  await database`CREATE VIEW public.direct AS SELECT name FROM public.keys WHERE gone_revision IS NULL`;
  const before = await database`SELECT * FROM public.mine ORDER BY 1`;
  await asAuditor(async (run) => {
    await rebuild({ url: fresh.url, logs: [log], signal });
    expect(await run('SELECT count(*) AS n FROM audit.events')).toEqual([{ n: 3 }]);
  });
  expect([...(await database`SELECT * FROM public.mine ORDER BY 1`)]).toEqual([...before]);
  expect(await database`SELECT * FROM public.direct`).toHaveLength(3);
});

/** Runs statements as a role that may read what docs/audit-sql.md grants and nothing else. */
async function asAuditor(
  use: (run: (statement: string) => Promise<readonly unknown[]>) => Promise<void>,
): Promise<void> {
  const role = `auditor_${process.pid}_${Math.floor(performance.now())}`;
  await database.unsafe(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA audit TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA audit TO ${role}`);
  try {
    await use(async (statement) => {
      return await database.begin(async (transaction) => {
        await transaction.unsafe(`SET LOCAL ROLE ${role}`);
        return [...(await transaction.unsafe(statement))];
      });
    });
  } finally {
    await database.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}
