import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@taffrail/platform/clock';
import { databaseAddress } from '@taffrail/platform/server-address';
import postgres, { type Sql } from 'postgres';
import { afterEach, describe, expect, it } from 'vitest';
import { startPostgres } from './postgres-server.ts';
import { runningProcess } from './running-process.ts';
import type { EmbeddedServer } from './server.ts';
import { testDatabase } from './testing/servers.ts';

const directories: string[] = [];
const started: EmbeddedServer[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function directoryIn(parent: string): string {
  const directory = mkdtempSync(join(parent, 'postgres-server-'));
  directories.push(directory);
  return directory;
}

async function start(directory: string): Promise<EmbeddedServer> {
  const server = await startPostgres({ directory, clock: systemClock, signal: AbortSignal.timeout(60_000) });
  started.push(server);
  return server;
}

function client(url: string): Sql {
  const { url: base, ...options } = databaseAddress(url);
  return postgres(base, { ...options, max: 1, onnotice: () => undefined });
}

describe('startPostgres', () => {
  it('creates the database, keeps rows through kill -9, takes over from an orphan, and stops without a trace', async () => {
    const directory = directoryIn(tmpdir());
    const first = await start(directory);
    const sql = client(first.url);
    await sql`CREATE TABLE kept (id int)`;
    await sql`INSERT INTO kept VALUES (7)`;
    await sql.end();
    process.kill(first.pid, 'SIGKILL');
    await first.exited;

    const second = await start(directory); // recovers
    const third = await start(directory); // the second is an orphan to it
    expect(runningProcess(second.pid)).toBeUndefined();
    expect(third.url).toBe(first.url);
    const again = client(third.url);
    await expect(again`SELECT id FROM kept`).resolves.toEqual([{ id: 7 }]);
    await again.end();

    await third.stop();
    expect(runningProcess(third.pid)).toBeUndefined();
  });

  it('writes through to the disk and listens on no network address', async () => {
    const server = await start(directoryIn(tmpdir()));
    const sql = client(server.url);
    await expect(
      sql`SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses`,
    ).resolves.toEqual([{ fsync: 'on', addresses: '' }]);
    await sql.end();
  });

  it('works below a private home directory, though it runs as another user', async () => {
    const server = await start(directoryIn(homedir()));
    const sql = client(server.url);
    await expect(sql`SELECT 1 AS one`).resolves.toEqual([{ one: 1 }]);
    await sql.end();
  });
});

describe('testDatabase', () => {
  it('gives every test an empty database and drops it', async () => {
    const database = await testDatabase();
    const other = await testDatabase();
    const sql = client(database.url);
    await sql`CREATE TABLE mine (id int)`;
    const otherSql = client(other.url);
    await expect(otherSql`SELECT to_regclass('mine') AS found`).resolves.toEqual([{ found: null }]);
    await otherSql.end();
    await other[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose](); // with a session still open
    await sql.end();
    const after = client(database.url);
    await expect(after`SELECT 1`).rejects.toThrow(/does not exist/);
    await after.end();
  });
});
