import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Pod } from '@taffrail/resources/generated/types';
import type { NodePaths } from '../node/node-paths.ts';
import { POD_UID_LABEL, type Runtime } from '../runtime/port.ts';

export interface LogRotationOptions {
  readonly runtime: Pick<Runtime, 'listContainers' | 'reopenLog'>;
  readonly paths: NodePaths;
  pods(): readonly Pod[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps every container's log within its bounds until the signal is aborted. */
export async function rotateLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await options.clock.sleep(limits.logRotationMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await rotateOnce(options);
    } catch (error) {
      options.logger.warn({ error: messageOf(error) }, 'container logs could not be rotated');
    }
  }
}

/** Renames each running container's log that has grown too large, and removes the oldest of those renamed before. */
export async function rotateOnce({ runtime, paths, pods, clock }: LogRotationOptions): Promise<void> {
  const byUid = new Map(pods().map((pod) => [pod.metadata.uid, pod]));
  for (const { id, name, attempt, phase, labels } of await runtime.listContainers()) {
    const pod = byUid.get(labels[POD_UID_LABEL] ?? '');
    if (pod === undefined || phase !== 'running') continue;
    const file = path.join(paths.logDirectory(pod), paths.logFile(name, attempt));
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined || found.size <= limits.containerLogBytes) continue;
    const time = new Date(clock.nowMs()).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
    await rename(file, `${file}.${time}`);
    await runtime.reopenLog(id);
    await removeOldest(file);
  }
}

async function removeOldest(file: string): Promise<void> {
  const directory = path.dirname(file);
  const prefix = `${path.basename(file)}.`;
  const rotated = (await readdir(directory)).filter((name) => name.startsWith(prefix)).sort();
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (limits.containerLogFilesCount - 1)))) {
    await rm(path.join(directory, name), { force: true });
  }
}
