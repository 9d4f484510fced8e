import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startNats } from '@taffrail/embedded/nats-server';
import { runningProcess } from '@taffrail/embedded/running-process';
import { generateCheckpointKey, readCheckpoint, signCheckpoint } from '@taffrail/log/checkpoint';
import { openingOf } from '@taffrail/log/commit-log';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { walkExport } from '@taffrail/log/walk-export';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { startNatsForTest, type NatsForTest } from '@taffrail/log/testing/nats';
import { readVerified } from '@taffrail/log/verified-reader';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { writtenLog } from '@taffrail/projection/testing/log';
import { DATA_FORMAT, writeClusterRecord } from '../cluster/cluster-record.ts';
import { run } from '../program.ts';

let nats: NatsForTest;
let link: NatsLink;
let dataDir: string;
let directory: string;
const at = (name: string): string => join(directory, name);

beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
  directory = await mkdtemp(join(tmpdir(), 'taffrail-files-'));
  dataDir = at('data');
  await mkdir(dataDir);
  const supervisor = runningProcess(process.pid);
  if (supervisor === undefined) throw new Error('this process runs');
  writeClusterRecord(dataDir, {
    format: DATA_FORMAT,
    supervisor,
    server: 'https://127.0.0.1:1',
    kubeconfig: join(dataDir, 'kubeconfig'),
    natsUrl: nats.url,
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    components: [],
    nodes: [],
  });
  const stream = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
  const { write } = await writtenLog('LOG', undefined, stream);
  await write('+a', '+b');
  await write('a');
});
afterAll(async () => {
  await nats.stop();
  await rm(directory, { recursive: true, force: true });
});

async function taffrail(
  ...args: readonly string[]
): Promise<{ code: number; out: readonly string[]; err: readonly string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => out.push(line));
  const error = vi.spyOn(console, 'error').mockImplementation((line: string) => err.push(line));
  try {
    return { code: await run(args, new AbortController().signal), out, err };
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}

test('an auditor who kept a checkpoint finds it in a later export, and misses it in a forged one', async () => {
  const kept = at('kept.json');
  expect(await taffrail('log', 'checkpoint', '-o', kept, '--data-dir', dataDir)).toMatchObject({ code: 0 });
  const [line] = (await readFile(kept, 'utf8')).trim().split('\n');
  expect(JSON.parse(line ?? '')).toMatchObject({ log: 'LOG', sequence: 3 });
  expect((await taffrail('log', 'export', at('export'), '-o', 'json', '--data-dir', dataDir)).code).toBe(0);
  const verified = await taffrail('log', 'verify', at('export'), '--checkpoint', kept, '-o', 'json');
  expect(JSON.parse(verified.out[0] ?? '')).toMatchObject([
    { log: 'LOG', commits: 3, events: 3, head: 3, checkpoints: 1 },
  ]);
  const online = await taffrail('log', 'verify', '--checkpoint', kept, '-o', 'json', '--data-dir', dataDir);
  expect(JSON.parse(online.out[0] ?? '')).toMatchObject([{ checkpoints: 1 }]);

  const forged = signCheckpoint(
    { log: 'LOG', sequence: sequence(2), hash: 'a'.repeat(64), commitTimeMs: 1, signedMs: 1 },
    generateCheckpointKey(),
  );
  await writeFile(at('other.json'), `${JSON.stringify(forged)}\n`);
  expect(await taffrail('log', 'verify', at('export'), '--checkpoint', at('other.json'))).toMatchObject({
    code: 1,
    err: [expect.stringContaining('history was rewritten') as string],
  });
  await writeFile(at('later.json'), `${JSON.stringify({ ...forged, sequence: 77 })}\n`);
  expect((await taffrail('log', 'verify', at('export'), '--checkpoint', at('later.json'))).code).toBe(1);
});

/** Reads the log of a data directory on which nothing runs. */
async function stored(
  directoryOf: string,
): Promise<{ readonly sequences: readonly number[]; readonly opening: number }> {
  const shared = { clock: systemClock, random: systemRandom, signal: AbortSignal.timeout(30_000) };
  const server = await startNats({ storeDir: join(directoryOf, 'nats'), ...shared });
  const own = await connectNats({ url: server.url, name: 'test', clock: systemClock, logger: silentLogger });
  try {
    const log = await openJetStreamLog(own, { name: 'LOG', trimmable: false, existing: true });
    const until = (await log.head()).sequence;
    const sequences: number[] = [];
    for await (const commit of readVerified(log, { start: { at: 'genesis' }, until, signal: shared.signal })) {
      sequences.push(commit.sequence);
    }
    return { sequences, opening: openingOf(log) };
  } finally {
    await own.close();
    await server.stop();
  }
}

test('an export is imported into an empty directory as it was, and refused where there is a log', async () => {
  await rm(at('plain'), { force: true });
  await taffrail('log', 'export', at('plain'), '--data-dir', dataDir);
  const imported = await taffrail('log', 'import', at('plain'), '--data-dir', at('imported'), '-o', 'json');
  expect(imported.err).toEqual([]);
  expect(JSON.parse(imported.out[0] ?? '')).toMatchObject([{ log: 'LOG', commits: 3, events: 3, head: 3 }]);
  expect(await stored(at('imported'))).toEqual({ sequences: [1, 2, 3], opening: 1 });
  expect(await taffrail('log', 'import', at('plain'), '--data-dir', at('imported'))).toMatchObject({
    code: 1,
    err: [expect.stringContaining('there is a log LOG already') as string],
  });
});

test('a restore keeps the past and goes on above every revision that was ever given out', async () => {
  const beforeMs = systemClock.nowMs();
  expect((await taffrail('backup', at('backup'), '--data-dir', dataDir)).code).toBe(0);
  expect((await taffrail('restore', at('backup'), '--data-dir', at('restored'))).code).toBe(0);
  const { sequences, opening } = await stored(at('restored'));
  expect(opening).toBeGreaterThanOrEqual(beforeMs);
  expect(sequences).toEqual([1, 2, 3, opening]);
});

test('a time range is exported with its proof: the file and an earlier checkpoint tell that nothing of it is missing', async () => {
  const kept = at('range-kept.json');
  expect((await taffrail('log', 'checkpoint', '-o', kept, '--data-dir', dataDir)).code).toBe(0);
  const range = ['--from', '2020-01-01T00:00:00Z', '--data-dir', dataDir, '-o', 'json'];
  const exported = await taffrail('log', 'export', at('range'), ...range, '--checkpoint', kept);
  expect(exported).toMatchObject({ code: 0, err: [] });
  const verified = await taffrail('log', 'verify', at('range'), '--checkpoint', kept, '-o', 'json');
  expect(verified).toMatchObject({
    code: 0,
    err: [expect.stringContaining('whole from 2020-01-01T00:00:00.000Z to ') as string, expect.any(String) as string],
  });
  expect(JSON.parse(verified.out[0] ?? '')).toMatchObject([{ log: 'LOG', inRange: { commits: 3, events: 3 } }]);

  const other = generateCheckpointKey();
  const [line = ''] = (await readFile(kept, 'utf8')).split('\n');
  const mine = readCheckpoint(line);
  const strange = at('strange.json');
  const forge = async (changes: Partial<typeof mine>): Promise<unknown> => {
    await writeFile(strange, `${JSON.stringify(signCheckpoint({ ...mine, ...changes }, other))}\n`);
    const { code, err } = await taffrail('log', 'verify', at('range'), '--checkpoint', strange);
    return [code, err[0]];
  };
  const says = (text: string): unknown => [1, expect.stringContaining(text)];
  const hashes: string[] = [];
  await walkExport(at('range'), { commit: (_log, commit) => void hashes.push(commit.hash) });
  // A right statement about an earlier commit, by a key that did not sign the end.
  expect(await forge({ sequence: sequence(2), hash: hashes[1] ?? '' })).toEqual(
    says('signed by another key than the checkpoint that was kept'),
  );
  expect(await forge({ hash: 'b'.repeat(64) })).toEqual(says('history was rewritten'));
  expect(await forge({ sequence: sequence(77) })).toEqual(says('and not 77, whose checkpoint was kept'));
  expect(await taffrail('log', 'import', at('range'), '--data-dir', at('no-import'))).toMatchObject({
    code: 1,
    err: [expect.stringContaining('is an excerpt of a log') as string],
  });
});

test('Events that had been cut off are missing in a range without making it unproven, and verify says since when they are there', async () => {
  const events = await openJetStreamLog(link, { name: 'EVENTS', trimmable: true });
  const { write } = await writtenLog('EVENTS', undefined, events);
  for (const name of ['+e1', '+e2', '+e3', '+e4']) await write(name);
  await events.trim(sequence(3));
  const range = ['--from', '2020-01-01T00:00:00Z', '--data-dir', dataDir];
  expect(await taffrail('log', 'export', at('cut'), ...range)).toMatchObject({
    code: 0,
    out: [expect.anything() as string, 'EVENTS begins at commit 3: what was before had been cut off'],
  });
  const verified = await taffrail('log', 'verify', at('cut'));
  expect(verified).toMatchObject({ code: 0, out: [/^LOG: 3 commits/, /^EVENTS: 3 commits from 3/].map(matching) });
  expect(verified.err).toContainEqual(matching(/^EVENTS only from 20.*: what was before had been cut off$/));

  await taffrail('log', 'export', at('uncut'), '--data-dir', dataDir);
  await truncate(at('uncut'), (await readFile(at('uncut'))).byteLength - 20);
  await events.trim(sequence(5));
  expect((await taffrail('log', 'export', at('uncut'), '--data-dir', dataDir)).code).toBe(0);
  expect(await taffrail('log', 'verify', at('uncut'))).toMatchObject({
    code: 0,
    out: [/^LOG: 3 commits/, /^EVENTS: 1 commits from 5/].map(matching),
  });
});

function matching(pattern: RegExp): string {
  return expect.stringMatching(pattern) as string;
}

test('a range that makes no sense is refused in one sentence', async () => {
  for (const [words, args] of [
    ['--to and --checkpoint want a --from', ['--to', '2026-01-01']],
    ['--from lies behind --to', ['--from', '2026-01-02', '--to', '2026-01-01']],
    ['--to lies in the future', ['--from', '1d', '--to', '2999-01-01']],
    ['--from is a time, not a revision', ['--from', '4096']],
    ['--from is a revision, a time', ['--from', 'noon']],
  ] as const) {
    const { code, err } = await taffrail('log', 'export', at('none'), ...args, '--data-dir', dataDir);
    expect([code, err[0]]).toEqual([2, expect.stringContaining(words)]);
  }
});
