import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { generateCheckpointKey, signCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { NatsLink } from './connect.ts';
import { createExportFile } from './export-file.ts';
import { importLogs } from './import-log.ts';
import { fillSegment, logStreams } from './segments.ts';
import { commitChain, draftEvent } from './testing/drafts.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';

const { signal } = new AbortController();
const chain = commitChain([draftEvent({ name: 'a' })], [draftEvent({ name: 'b' })], [draftEvent({ name: 'c' })]);
const key = generateCheckpointKey();

let nats: NatsForTest;
let link: NatsLink;
let directory: string;
beforeEach(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
  directory = await mkdtemp(join(tmpdir(), 'taffrail-import-'));
});
afterEach(async () => {
  await nats.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A file whose own counts are right, whatever it holds. */
async function forge(commits: number, checkpoints: readonly Checkpoint[]): Promise<string> {
  const file = join(directory, 'forged');
  const writer = await createExportFile(file);
  await writer.add({ type: 'export', createdMs: 1, logs: ['LOG'] });
  for (const commit of chain.slice(0, commits)) {
    await writer.add({ type: 'commit', log: 'LOG', sequence: commit.sequence }, commit.payload);
  }
  for (const checkpoint of checkpoints) await writer.add({ type: 'checkpoint', checkpoint });
  await writer.add({ type: 'end', commits, events: commits - 1 });
  await writer.close();
  return file;
}

function checkpointAt(at: number, hash = chain[at - 1]?.hash ?? ''): Checkpoint {
  return signCheckpoint({ log: 'LOG', sequence: sequence(at), hash, commitTimeMs: 1, signedMs: 5 }, key);
}

test('a file whose log was shortened below a commit it holds a signature of is refused, and nothing is left behind', async () => {
  const file = await forge(3, [checkpointAt(2), checkpointAt(4)]);
  await expect(importLogs(link, { file, signal })).rejects.toMatchObject({ code: 'log-behind' });
  expect(await logStreams(link, 'LOG')).toEqual([]);
});

test('a file whose log says otherwise than what was signed is refused, and no log comes of it', async () => {
  const file = await forge(4, [checkpointAt(2, 'a'.repeat(64))]);
  await expect(importLogs(link, { file, signal })).rejects.toMatchObject({ code: 'log-corrupt' });
  expect((await logStreams(link, 'LOG')).filter(({ complete }) => complete)).toEqual([]);
});

test('what a broken-off import of another file left behind is not taken for a part of this one', async () => {
  const other = commitChain([draftEvent({ name: 'x' })], [draftEvent({ name: 'y' })]);
  const begun = await fillSegment(link, { log: 'LOG', trimmable: false, segment: 1, first: sequence(1) });
  for (const commit of other) await begun.log.append(commit.payload, sequence(commit.sequence - 1));
  const refusal = { code: 'address-in-use', message: expect.stringContaining('another file') as string };
  await expect(importLogs(link, { file: await forge(4, []), signal })).rejects.toMatchObject(refusal);
  await rm(join(directory, 'forged'));
  // Nor is one that holds less than was left behind.
  await expect(importLogs(link, { file: await forge(2, []), signal })).rejects.toMatchObject(refusal);
});

test('a broken-off import of the same file is taken up', async () => {
  const begun = await fillSegment(link, { log: 'LOG', trimmable: false, segment: 1, first: sequence(1) });
  for (const commit of chain.slice(0, 2)) await begun.log.append(commit.payload, sequence(commit.sequence - 1));
  const { logs } = await importLogs(link, { file: await forge(4, []), signal });
  expect(logs).toMatchObject([{ log: 'LOG', head: 4 }]);
  expect(await logStreams(link, 'LOG')).toMatchObject([{ stream: begun.stream, complete: true, last: 4 }]);
});

test('the same file as it should be is imported', async () => {
  const file = await forge(4, [checkpointAt(2), checkpointAt(4)]);
  const { logs } = await importLogs(link, { file, signal });
  expect(logs).toMatchObject([{ log: 'LOG', head: 4 }]);
  expect(await logStreams(link, 'LOG')).toMatchObject([{ complete: true, last: 4 }]);
});
