import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { seededRandom } from '@taffrail/platform/random';

/** Something that is asked many times: resolves with how many things the answer held. */
export interface Question {
  readonly what: string;
  readonly rounds: number;
  ask(): Promise<number>;
}

export interface QuestionsOptions {
  /** The process of Postgres, whose processor time is told. */
  readonly pid: number;
  /** Where its files lie, on whose disk random reads are timed beside the questions. */
  readonly directory: string;
}

/** How long an answer may take on a cold cache, over how many rounds. */
const COLD_ROUNDS = 100;
const PROBES_EACH = 4;
const BLOCK_BYTES = 8_192;

/**
 * Asks questions one after the other and prints how long their answers took: first warm (after a quarter of the rounds,
 * untimed), then cold, where the operating system's cache is emptied before every single one. Only root can do that; for
 * others the cold case is left out, and said to be. Beside each cold question a few blocks are read at random places of the
 * same disk: what they took tells a slow disk from a slow question.
 */
export async function askAll(questions: readonly Question[], options: QuestionsOptions): Promise<void> {
  console.log(`warm: one after the other (load ${load()})`);
  for (const question of questions) await askWarm(question, options.pid);
  if (!canEmptyCache()) {
    console.log('cold: left out, only root can empty the cache of the operating system');
    return;
  }
  console.log(`cold: the cache of the operating system emptied before every question (load ${load()})`);
  const files = largeFiles(options.directory);
  for (const question of questions) await askCold(question, options.pid, files);
}

async function askWarm({ what, rounds, ask }: Question, pid: number): Promise<void> {
  const timed = timer();
  for (let warm = 0; warm < rounds / 4; warm++) await timed.ask(ask);
  timed.forget();
  const cpuBeforeMs = processorMs(pid);
  for (let round = 0; round < rounds; round++) await timed.ask(ask);
  const cpuMs = (processorMs(pid) - cpuBeforeMs) / rounds;
  console.log(
    `  ${what.padEnd(34)} ${timed.summary()}  ${cpuMs.toFixed(1).padStart(6)} ms of Postgres' processor time`,
  );
}

async function askCold({ what, rounds, ask }: Question, pid: number, files: readonly string[]): Promise<void> {
  const timed = timer();
  const probes: number[] = [];
  let read = 0;
  const count = Math.min(rounds, COLD_ROUNDS);
  for (let round = 0; round < count; round++) {
    emptyCache();
    for (let probe = 0; probe < PROBES_EACH; probe++) probes.push(timeOfRead(files));
    const before = readKib(pid);
    await timed.ask(ask);
    for (const [child, kib] of readKib(pid)) read += kib - (before.get(child) ?? 0);
  }
  console.log(
    `  ${what.padEnd(34)} ${timed.summary()}  ${(read / count).toFixed(0).padStart(6)} KiB read; one block p50 ${at(probes, 0.5)} p99 ${at(probes, 0.99)} ms`,
  );
}

function timer(): { ask(ask: () => Promise<number>): Promise<void>; forget(): void; summary(): string } {
  let times: number[] = [];
  let found = 0;
  let unanswered = 0;
  return {
    async ask(ask) {
      const startedMs = systemClock.monotonicMs();
      try {
        found += await ask();
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        unanswered += 1;
      }
      times.push(systemClock.monotonicMs() - startedMs);
    },
    forget() {
      [times, found, unanswered] = [[], 0, 0];
    },
    summary() {
      const each = (found / times.length).toFixed(0).padStart(4);
      const lost = unanswered === 0 ? '' : `, ${unanswered} given up`;
      return `p50 ${at(times, 0.5)}  p99 ${at(times, 0.99)}  max ${at(times, 1)} ms  ${each} found${lost}`;
    },
  };
}

function at(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2).padStart(7);
}

/** Processor time of a process and its children so far: what does not depend on who else is at work. */
export function processorMs(pid: number): number {
  let ticks = 0;
  for (const [one, stat] of processes()) {
    const own = Number(stat[11]) + Number(stat[12]);
    if (Number(stat[1]) === pid) ticks += own;
    // With what those of its children used that have ended.
    else if (one === pid) ticks += own + Number(stat[13]) + Number(stat[14]);
  }
  return ticks * 10;
}

/** What each child of a process has read from the disk so far, in KiB. */
function readKib(pid: number): ReadonlyMap<number, number> {
  const read = new Map<number, number>();
  for (const [child, stat] of processes()) {
    if (Number(stat[1]) !== pid) continue;
    const bytes = /^read_bytes: (\d+)$/m.exec(ofProcess(child, 'io') ?? '')?.[1];
    if (bytes !== undefined) read.set(child, Number(bytes) / 1024);
  }
  return read;
}

/** Every process with the fields of its `stat` behind the name; none where there is no /proc. */
function* processes(): Generator<readonly [number, readonly string[]]> {
  for (const entry of existsSync('/proc') ? readdirSync('/proc') : []) {
    const stat = /^\d+$/.test(entry) ? ofProcess(Number(entry), 'stat') : undefined;
    if (stat !== undefined) yield [Number(entry), stat.replace(/^.*\) /s, '').split(' ')];
  }
}

/** A file of a process; undefined when it has ended. */
function ofProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

const DROP_CACHES = '/proc/sys/vm/drop_caches';

function canEmptyCache(): boolean {
  try {
    emptyCache();
    return true;
  } catch {
    return false;
  }
}

function emptyCache(): void {
  writeFileSync(DROP_CACHES, '1');
}

/** The files below a directory that are large enough for random reads. */
function largeFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size > 64 * 1024 * 1024);
}

const random = seededRandom(5);

/** Milliseconds that one block at a random place takes to read. */
function timeOfRead(files: readonly string[]): number {
  const file = files[Math.floor(random.next() * files.length)];
  if (file === undefined) return Number.NaN;
  const blocks = Math.floor(statSync(file).size / BLOCK_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    const startedMs = performance.now();
    readSync(descriptor, new Uint8Array(BLOCK_BYTES), 0, BLOCK_BYTES, Math.floor(random.next() * blocks) * BLOCK_BYTES);
    return performance.now() - startedMs;
  } finally {
    closeSync(descriptor);
  }
}

export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
