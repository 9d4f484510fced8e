import { expect, test } from 'vitest';
import { migrations } from '@taffrail/migrations/migrations';
import { testDatabase } from '@taffrail/embedded/testing/servers';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';

/** The schema as text: columns, then constraints and indexes, in a fixed order. */
async function describeSchema(database: Database): Promise<string> {
  const columns = await database<{ line: string }[]>`
    SELECT format('%s%s.%s %s%s%s', CASE WHEN c.relkind = 'v' THEN 'view audit.' ELSE '' END, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
      CASE a.attstorage WHEN 'e' THEN ' external' ELSE '' END) AS line
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace IN ('public'::regnamespace, 'audit'::regnamespace) AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relname NOT LIKE 'kysely%'
    ORDER BY c.relkind, c.relname, a.attnum`;
  const indexes = await database<{ line: string }[]>`
    SELECT indexdef AS line FROM pg_indexes
    WHERE schemaname = 'public' AND tablename NOT LIKE 'kysely%' ORDER BY indexname`;
  return `${[...columns, ...indexes].map((row) => row.line).join('\n')}\n`;
}

test('the migrations make exactly the schema that is checked in', async () => {
  await using fresh = await testDatabase();
  await migrate(fresh.url);
  const database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 1 });
  try {
    await expect(await describeSchema(database)).toMatchFileSnapshot('../../migrations/schema.txt');
  } finally {
    await database.end();
  }
});

test('migrating again, and from two processes at once, changes nothing', async () => {
  await using fresh = await testDatabase();
  const [first, second] = await Promise.all([migrate(fresh.url), migrate(fresh.url)]);
  expect([...first, ...second]).toEqual(Object.keys(migrations));
  expect(await migrate(fresh.url)).toEqual([]);
});

test('a database that a newer version migrated is refused with its reason', async () => {
  await using fresh = await testDatabase();
  await migrate(fresh.url);
  const database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 1 });
  await database`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '2099')`;
  await database.end();
  await expect(migrate(fresh.url)).rejects.toMatchObject({
    code: 'format-too-new',
    message: expect.stringContaining('9999-later'),
  });
});

test('without Postgres the migration says that it is unavailable', async () => {
  await expect(migrate('postgres://nobody@127.0.0.1:9/none')).rejects.toMatchObject({ code: 'unavailable' });
});
