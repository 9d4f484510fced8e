import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import {
  checkpointCheck,
  generateCheckpointKey,
  readCheckpoint,
  signCheckpoint,
  type Checkpoint,
} from './checkpoint.ts';
import { createExportFile } from './export-file.ts';
import { exportLogs, type ExportedLog } from './export-log.ts';
import { walkExport } from './walk-export.ts';
import { hashOf } from './hash-chain.ts';
import { memoryLog } from './memory-log.ts';
import { commitChain, draftEvent } from './testing/drafts.ts';

const signal = new AbortController().signal;
/** Text that compresses badly, so that every byte of a file matters. */
const filler = (seed: number): string =>
  Array.from({ length: 400 }, (_, index) => hashOf(Buffer.from(`${seed}-${index}`))).join('');
const chain = commitChain(
  ...Array.from({ length: 40 }, (_, index) => [
    draftEvent({ name: `o${index}`, object: Buffer.from(`{"kind":"A","filler":"${filler(index)}"}`) }),
  ]),
);
const key = generateCheckpointKey();

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'taffrail-export-'));
  file = join(directory, 'log');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function exported(until = chain.length): Promise<ExportedLog> {
  const log = memoryLog('LOG');
  for (const [index, commit] of chain.entries()) await log.append(commit.payload, sequence(index));
  return { log, first: sequence(1), until: sequence(until) };
}

function checkpointAt(at: number): Checkpoint {
  const { hash, timeMs } = chain[at - 1]!;
  return signCheckpoint({ log: 'LOG', sequence: sequence(at), hash, commitTimeMs: timeMs, signedMs: 5 }, key);
}

async function write(changes: Partial<Parameters<typeof exportLogs>[0]> = {}) {
  return await exportLogs({
    file,
    logs: [await exported()],
    checkpoints: [checkpointAt(9)],
    nowMs: 1,
    signal,
    ...changes,
  });
}

test('a file holds every commit byte for byte, its checkpoints and attachments, and verifies by itself', async () => {
  const done = await write({ attachments: [{ name: 'keys', bytes: Buffer.from('wrapped') }] });
  expect(done).toMatchObject({ commits: 41, events: 40, resumed: false, bytes: (await readFile(file)).byteLength });
  const payloads: Buffer[] = [];
  const checkpoints: Checkpoint[] = [];
  const attachments: string[] = [];
  const walked = await walkExport(file, {
    commit: (_log, _commit, payload) => void payloads.push(Buffer.from(payload)),
    checkpoint: (one) => void checkpoints.push(one),
    attachment: ({ name, bytes }) => void attachments.push(`${name}=${Buffer.from(bytes).toString()}`),
  });
  expect(walked).toMatchObject([{ log: 'LOG', first: 1, head: 41, hash: chain.at(-1)?.hash, commits: 41, events: 40 }]);
  expect(payloads.map((payload, index) => payload.equals(chain[index]!.payload))).not.toContain(false);
  expect(checkpoints).toEqual([checkpointAt(9)]);
  expect(attachments).toEqual(['keys=wrapped']);
});

test('a checkpoint that was kept as well stands in the file, and counts, once', async () => {
  await write({ checkpoints: [checkpointAt(9), checkpointAt(9), checkpointAt(20)] });
  const checkpoints: Checkpoint[] = [];
  await walkExport(file, { checkpoint: (one) => void checkpoints.push(one) });
  expect(checkpoints).toEqual([checkpointAt(9), checkpointAt(20)]);
  const check = checkpointCheck('LOG', [...checkpoints, checkpointAt(9)]);
  for (const commit of chain) check.pass(commit);
  expect(check.met).toBe(2);
});

test('a checkpoint of a commit behind the end of the export stays out of it', async () => {
  await write({ logs: [await exported(20)], checkpoints: [checkpointAt(20), checkpointAt(21)] });
  const checkpoints: Checkpoint[] = [];
  await walkExport(file, { checkpoint: (one) => void checkpoints.push(one) });
  expect(checkpoints).toEqual([checkpointAt(20)]);
});

test('an export that was broken off anywhere is refused as it is and completed by the next run', async () => {
  await write();
  const whole = await readFile(file);
  for (const bytes of [whole.byteLength - 1, Math.floor(whole.byteLength / 2), 16, 15]) {
    await writeFile(file, whole);
    await truncate(file, bytes);
    await expect(walkExport(file)).rejects.toMatchObject({ code: 'log-gap' });
    expect(await write()).toMatchObject({ commits: 41, events: 40, resumed: true });
    expect(await walkExport(file)).toMatchObject([{ head: 41, hash: chain.at(-1)?.hash }]);
  }
  await expect(write()).rejects.toMatchObject({ code: 'address-in-use' });
});

test('a changed byte is found, or stands where it means nothing (the time in a gzip header)', async () => {
  await write();
  const whole = await readFile(file);
  const payloads = async (): Promise<readonly Buffer[]> => {
    const found: Buffer[] = [];
    await walkExport(file, { commit: (_log, _commit, payload) => void found.push(Buffer.from(payload)) });
    return found;
  };
  const before = await payloads();
  let found = 0;
  for (let at = 16; at < whole.byteLength; at += Math.ceil(whole.byteLength / 97)) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    await writeFile(file, changed);
    try {
      const after = await payloads();
      expect(Buffer.concat(after).equals(Buffer.concat(before))).toBe(true);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^log-(corrupt|gap)$/) as string });
      found += 1;
    }
  }
  expect(found).toBeGreaterThan(80);
});

test('a file with a commit left out, one that was replaced, or another format is refused', async () => {
  const forge = async (skip: number, replace?: number): Promise<void> => {
    await rm(file, { force: true });
    const writer = await createExportFile(file);
    for (const { sequence: at, payload } of chain) {
      if (at === skip) continue;
      const written =
        at === replace ? Buffer.from(payload).fill(0x20, payload.byteLength - 5, payload.byteLength - 3) : payload;
      await writer.add({ type: 'commit', log: 'LOG', sequence: at }, written);
    }
    await writer.add({ type: 'end', commits: chain.length - (skip > 0 ? 1 : 0), events: 40 });
    await writer.close();
  };
  await forge(7);
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'log-gap' });
  await forge(0, 7);
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'log-corrupt' });
  await forge(41);
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'log-corrupt' }); // one event less than counted
  await writeFile(file, 'TAFFRAIL-LOG 2\n');
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'format-too-new' });
  await writeFile(file, 'PK something else');
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'protocol' });
});

test('a checkpoint says who signed it and cannot be altered', () => {
  const text = JSON.stringify(checkpointAt(9));
  expect(readCheckpoint(text)).toEqual(checkpointAt(9));
  for (const altered of [
    text.replace('"sequence":9', '"sequence":8'),
    text.replace(/"hash":"./, '"hash":"0').replace(/"signedMs":5/, '"signedMs":6'),
    text.replace(/"publicKey":"[^"]*"/, `"publicKey":${JSON.stringify(generateCheckpointKey().publicKey)}`),
    text.replace(/"publicKey":"[^"]*"/, '"publicKey":"none"'),
  ]) {
    expect(() => readCheckpoint(altered)).toThrow(expect.objectContaining({ code: 'log-corrupt' }));
  }
  expect(() => readCheckpoint(text.replace('"format":1', '"format":2'))).toThrow(
    expect.objectContaining({ code: 'format-too-new' }),
  );
});
