import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runningProcess } from '@taffrail/embedded/running-process';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import type { NatsLink } from '@taffrail/log/connect';
import { callJetStream } from '@taffrail/log/jetstream-api';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { startNatsForTest, type NatsForTest } from '@taffrail/log/testing/nats';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import { openDatabase, type Database } from '@taffrail/projection/database';
import { migrate } from '@taffrail/projection/migrate';
import { startProjector, type Projector } from '@taffrail/projection/projector';
import { writtenLog } from '@taffrail/projection/testing/log';
import { DATA_FORMAT, writeClusterRecord } from '../cluster/cluster-record.ts';
import { run } from '../program.ts';

let nats: NatsForTest;
let link: NatsLink;
let fresh: TestDatabase;
let database: Database;
let projector: Projector;
let dataDir: string;

beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 2 });
  dataDir = await mkdtemp(join(tmpdir(), 'taffrail-cli-'));
  const supervisor = runningProcess(process.pid);
  if (supervisor === undefined) throw new Error('this process runs');
  writeClusterRecord(dataDir, {
    format: DATA_FORMAT,
    supervisor,
    server: 'https://127.0.0.1:1',
    kubeconfig: join(dataDir, 'kubeconfig'),
    natsUrl: nats.url,
    databaseUrl: fresh.url,
    components: [],
    nodes: [],
  });
  const stream = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
  const { log, write } = await writtenLog('LOG', undefined, stream);
  projector = startProjector({ log, database, clock: systemClock, random: seededRandom(1), logger: silentLogger });
  await write('+a', '+b');
  await write('a');
  await write('-a');
});
afterAll(async () => {
  await projector.close();
  await database.end();
  await fresh[Symbol.asyncDispose]();
  await nats.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function taffrail(
  ...args: readonly string[]
): Promise<{ code: number; out: readonly string[]; err: readonly string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => out.push(line));
  const error = vi.spyOn(console, 'error').mockImplementation((line: string) => err.push(line));
  try {
    return { code: await run([...args, '--data-dir', dataDir], new AbortController().signal), out, err };
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}

test('rebuild replays everything beside the running projector', async () => {
  await database`DELETE FROM objects`;
  const { code, out } = await taffrail('rebuild', '-o', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ commits: 4, events: 4, objects: 1 });
  expect(await database`SELECT name FROM objects`).toMatchObject([{ name: 'b' }]);
});

test('log verify walks the chain and tells its head', async () => {
  const { code, out } = await taffrail('log', 'verify', '-o', 'json');
  expect(code).toBe(0);
  const [row] = await database<{ hash: string }[]>`SELECT hash FROM projection WHERE log = 'LOG'`;
  expect(JSON.parse(out[0] ?? '')).toMatchObject([
    { log: 'LOG', commits: 4, events: 4, first: 1, head: 4, hash: row?.hash },
  ]);
  expect((await taffrail('log', 'verify')).out[0]).toMatch(/^LOG: 4 commits, 4 events, intact; head 4 [0-9a-f]{64}/);
});

test('log verify fails with the place of the first damage and what to do about it', async () => {
  await link.request('log.commits', 'not a commit', { timeoutMs: 2_000 });
  expect(await taffrail('log', 'verify')).toMatchObject({
    code: 1,
    err: [expect.stringMatching(/log LOG: commit 5 has no header line.*; "taffrail log repair" /) as string],
  });
  await callJetStream(link, 'STREAM.DELETE.LOG');
  expect(await taffrail('log', 'verify')).toMatchObject({ code: 1, err: [expect.stringContaining('LOG') as string] });
});
