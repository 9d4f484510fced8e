import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';

/** A log file as raw lines, from `startAt` on; through rotations, and to the end of the container when following. */
export interface LogFileOptions {
  readonly file: string;
  /** Only the last so many lines of what is there now; undefined for all. */
  readonly tailLines: number | undefined;
  readonly follow: boolean;
  /** Whether the container may still write. */
  isRunning(): Promise<boolean>;
  readonly clock: Clock;
}

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Yields lines without their newline. Ends at the end of the file, or (following) of the container. */
export async function* logFileLines(options: LogFileOptions, signal: AbortSignal): AsyncGenerator<string> {
  const { file, follow } = options;
  let handle: FileHandle | undefined = await openOrUndefined(file);
  if (handle === undefined && !follow) return;
  let position = handle === undefined ? 0 : await tailOffset(handle, options.tailLines);
  let rest = Buffer.alloc(0);
  const changes = follow ? directoryChanges(path.dirname(file), options.clock) : undefined;
  try {
    while (!signal.aborted) {
      // Asked before reading: what a container wrote before its end is then always read.
      const mayGrow = follow && (await options.isRunning());
      if (handle !== undefined) {
        for (;;) {
          const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
          if (bytesRead === 0 || signal.aborted) break;
          position += bytesRead;
          rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
          for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
            yield rest.toString('utf8', 0, end);
            rest = rest.subarray(end + 1);
          }
        }
      }
      const renewed: FileHandle | undefined = await replacement(file, handle);
      if (renewed !== undefined) {
        await handle?.close();
        handle = renewed;
        position = 0;
        continue;
      }
      if (!mayGrow) break;
      await changes?.next(signal);
    }
    // A container's last words may lack their newline.
    if (rest.length > 0 && !signal.aborted) yield rest.toString('utf8');
  } finally {
    changes?.close();
    await handle?.close();
  }
}

async function openOrUndefined(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file that has taken this one's name since it was opened. */
async function replacement(file: string, handle: FileHandle | undefined): Promise<FileHandle | undefined> {
  if (handle === undefined) return openOrUndefined(file);
  const named = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return named === undefined || named.ino === (await handle.stat()).ino ? undefined : openOrUndefined(file);
}

/** Where the last `lines` lines begin, found from the end. */
async function tailOffset(handle: FileHandle, lines: number | undefined): Promise<number> {
  if (lines === undefined) return 0;
  const { size } = await handle.stat();
  if (lines === 0) return size;
  let found = 0;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    for (let at = end - start - 1; at >= 0; at--) {
      if (buffer[at] !== NEWLINE || start + at === size - 1) continue;
      found++;
      if (found === lines) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

interface Changes {
  /** Resolves at the next change, and after a second without one. */
  next(signal: AbortSignal): Promise<void>;
  close(): void;
}

function directoryChanges(directory: string, clock: Clock): Changes {
  let changed = false;
  let wake = (): void => undefined;
  const watcher = watch(directory, () => {
    changed = true;
    wake();
  });
  // The directory may go with its pod: the next look at the file says so.
  watcher.on('error', () => wake());
  return {
    async next(signal) {
      if (!changed) {
        const done = new AbortController();
        const woken = new Promise<void>((resolve) => (wake = resolve));
        const waited = clock
          .sleep(limits.logFollowCheckMs, AbortSignal.any([signal, done.signal]))
          .catch(() => undefined);
        await Promise.race([woken, waited]);
        done.abort(new Error('changed'));
      }
      changed = false;
    },
    close: () => watcher.close(),
  };
}
