import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { containerLog, type ContainerLogOptions } from './container-log.ts';
import { parseLogLine } from './log-line.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taffrail-log-'));
  file = join(directory, '0.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const line = (second: number, content: string, tag = 'F'): string =>
  `2026-11-21T09:00:0${second}.123456789Z stdout ${tag} ${content}\n`;

function options(changes: Partial<ContainerLogOptions> = {}): ContainerLogOptions {
  return {
    file,
    tailLines: undefined,
    follow: false,
    isRunning: () => Promise.resolve(false),
    clock: systemClock,
    sinceMs: undefined,
    timestamps: false,
    limitBytes: undefined,
    ...changes,
  };
}

async function read(changes: Partial<ContainerLogOptions> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of containerLog(options(changes), new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('lines are shown without what the runtime puts before them, in either stream', async () => {
  writeFileSync(file, `${line(1, 'one')}2026-11-21T09:00:02Z stderr F two words\n${line(3, '')}`);
  expect(await read()).toBe('one\ntwo words\n\n');
  expect(parseLogLine('no log line')).toBeUndefined();
});

test('parts of a long line are joined and carry one time', async () => {
  writeFileSync(file, line(1, 'long ', 'P') + line(1, 'line') + line(2, 'end', 'P'));
  expect(await read()).toBe('long line\nend');
  expect(await read({ timestamps: true })).toBe(
    '2026-11-21T09:00:01.123456789Z long line\n2026-11-21T09:00:02.123456789Z end',
  );
});

test.each([
  [0, ''],
  [1, 'c\n'],
  [2, 'b\nc\n'],
  [9, 'a\nb\nc\n'],
])('the last %i lines', async (tailLines, expected) => {
  writeFileSync(file, line(1, 'a') + line(2, 'b') + line(3, 'c'));
  expect(await read({ tailLines })).toBe(expected);
});

test('a tail is found across the blocks of a large file', async () => {
  writeFileSync(file, line(1, 'x'.repeat(200)).repeat(2000) + line(2, 'y'.repeat(100_000)) + line(3, 'z'));
  expect(await read({ tailLines: 2 })).toBe(`${'y'.repeat(100_000)}\nz\n`);
});

test('older lines and bytes beyond a bound are left out', async () => {
  writeFileSync(file, line(1, 'a') + line(2, 'b') + line(3, 'c'));
  expect(await read({ sinceMs: Date.parse('2026-11-21T09:00:02Z') })).toBe('b\nc\n');
  expect(await read({ limitBytes: 3 })).toBe('a\nb');
});

test('following goes on through a rotation and ends with the container', async () => {
  let running = true;
  writeFileSync(file, line(1, 'a'));
  const reading = read({ follow: true, isRunning: () => Promise.resolve(running) });
  await systemClock.sleep(50);
  appendFileSync(file, line(2, 'b'));
  renameSync(file, `${file}.20261121-090003`);
  writeFileSync(file, line(3, 'c'));
  await systemClock.sleep(50);
  appendFileSync(file, line(4, 'd'));
  running = false;
  expect(await reading).toBe('a\nb\nc\nd\n');
});

test('a log that is not there is empty', async () => {
  expect(await read()).toBe('');
});
