import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { createExportFile } from './export-file.ts';
import { exportLogs, type ExportSummary } from './export-log.ts';
import { hashOf } from './hash-chain.ts';
import { memoryLog } from './memory-log.ts';
import { commitChain, draftEvent } from './testing/drafts.ts';
import { walkExport } from './walk-export.ts';
import type { WindowLog } from './window-log.ts';

const { signal } = new AbortController();
/** Text that compresses badly, so that a log is of several blocks. */
const filler = (seed: number): string =>
  Array.from({ length: 1_000 }, (_, index) => hashOf(Buffer.from(`${seed}-${index}`))).join('');
const chain = commitChain(
  ...Array.from({ length: 60 }, (_, index) => [
    draftEvent({ name: `o${index}`, object: Buffer.from(`{"kind":"A","filler":"${filler(index)}"}`) }),
  ]),
);
const head = sequence(chain.length);

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'taffrail-cut-'));
  file = join(directory, 'log');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function filled(name: string): Promise<WindowLog> {
  const log = memoryLog(name);
  for (const [index, commit] of chain.entries()) await log.append(commit.payload, sequence(index));
  return log;
}

async function write(...logs: readonly WindowLog[]): Promise<ExportSummary> {
  const exported = logs.map((log) => ({ log, first: sequence(1), until: head }));
  return await exportLogs({ file, logs: exported, checkpoints: [], nowMs: 1, signal });
}

async function sequencesOf(name: string): Promise<readonly number[]> {
  const found: number[] = [];
  await walkExport(file, { commit: (log, commit) => void (log === name && found.push(commit.sequence)) });
  return found;
}

const from = (first: number): readonly number[] => chain.map((commit) => commit.sequence).filter((at) => at >= first);

test('an export broken off anywhere is completed from what a trim has left, and says where that begins', async () => {
  const [log, events] = [await filled('LOG'), await filled('EVENTS')];
  await write(log, events);
  const whole = await readFile(file);
  await events.trim(sequence(50));
  for (const share of [0.95, 0.7, 0.55, 0.5, 0.3, 0]) {
    await rm(file);
    const untrimmed = await filled('EVENTS');
    await write(log, untrimmed);
    await truncate(file, Math.floor(whole.byteLength * share) + 15);
    expect(await write(log, events)).toMatchObject({ resumed: true, cut: [{ log: 'EVENTS', before: 50 }] });
    const cuts: unknown[] = [];
    await walkExport(file, { cut: (cut) => void cuts.push(cut) });
    expect(cuts).toEqual([{ log: 'EVENTS', before: 50 }]);
    expect([await sequencesOf('LOG'), await sequencesOf('EVENTS')]).toEqual([from(1), from(50)]);
  }
});

test('what the file holds stays where it still connects with what is left', async () => {
  const [log, events] = [await filled('LOG'), await filled('EVENTS')];
  await write(log, events);
  await truncate(file, (await readFile(file)).byteLength - 20);
  await events.trim(sequence(3));
  expect(await write(log, events)).toMatchObject({ cut: [] });
  expect(await sequencesOf('EVENTS')).toEqual(from(1));
});

test('a log that is cut off while it is exported stands in the file as it was left', async () => {
  const [log, events] = [await filled('LOG'), await filled('EVENTS')];
  let read = 0;
  const cutOnTheWay: WindowLog = {
    ...events,
    async *read(options) {
      for await (const commit of events.read(options)) {
        if (++read === 30) await events.trim(sequence(40));
        yield commit;
      }
    },
  };
  expect(await write(log, cutOnTheWay)).toMatchObject({ resumed: false, cut: [{ log: 'EVENTS', before: 40 }] });
  expect([await sequencesOf('LOG'), await sequencesOf('EVENTS')]).toEqual([from(1), from(40)]);
});

test('a log that is cut off to behind the end of its export is left out', async () => {
  const [log, events] = [await filled('LOG'), await filled('EVENTS')];
  await events.trim(head);
  const logs = [log, events].map((one) => ({ log: one, first: sequence(1), until: sequence(20) }));
  expect(await exportLogs({ file, logs, checkpoints: [], nowMs: 1, signal })).toMatchObject({ commits: 20, cut: [] });
});

test('a log that may not be cut off is never exported without its beginning, and a gap in it is none of a trim', async () => {
  const log = await filled('LOG');
  await log.trim(sequence(9));
  await expect(write(log)).rejects.toMatchObject({ code: 'log-gap', message: expect.stringContaining('commit 9') });
  const events = await filled('EVENTS');
  const broken: WindowLog = {
    ...events,
    async *read(options) {
      for await (const commit of events.read(options)) if (commit.sequence !== 7) yield commit;
    },
  };
  await expect(write(broken)).rejects.toMatchObject({ code: 'log-gap', message: expect.stringContaining('commit 7') });
});

test('a file whose log begins elsewhere than it says, or that says it of a log that is never cut off, is refused', async () => {
  const forge = async (log: string, before: number): Promise<void> => {
    await rm(file, { force: true });
    const writer = await createExportFile(file);
    await writer.add({ type: 'cut', log, before });
    for (const { sequence: at, payload } of chain.slice(8)) {
      await writer.add({ type: 'commit', log, sequence: at }, payload);
    }
    await writer.add({ type: 'end', commits: chain.length - 8, events: chain.length - 8 });
    await writer.close();
  };
  await forge('EVENTS', 9);
  expect(await walkExport(file)).toMatchObject([{ first: 9 }]);
  await forge('EVENTS', 5);
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'log-gap' });
  await forge('LOG', 9);
  await expect(walkExport(file)).rejects.toMatchObject({ code: 'log-gap' });
});
