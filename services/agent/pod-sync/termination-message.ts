import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container, Pod } from '@taffrail/resources/generated/types';
import { limits } from '@taffrail/platform/limits';
import { TERMINATION_MESSAGE_POLICY_ANNOTATION } from '../containers/container-hash.ts';
import type { NodePaths } from '../node/node-paths.ts';
import type { ContainerStatus } from '../runtime/port.ts';
import { parseLogLine } from '../server/log-line.ts';

/** A container's last words: its message file, or (by policy, after a failure) the end of its log. */
export async function terminationMessage(
  paths: NodePaths,
  pod: Pod,
  spec: Pick<Container, 'name'>,
  ended: ContainerStatus,
): Promise<string> {
  const file = paths.terminationMessage(pod.metadata.uid ?? '', spec.name, ended.attempt);
  const written = await head(file, limits.terminationMessageBytes);
  if (written !== '') return written;
  const policy = ended.annotations[TERMINATION_MESSAGE_POLICY_ANNOTATION];
  if (policy !== 'FallbackToLogsOnError' || ended.exitCode === 0) return ended.message;
  return logTail(join(paths.logDirectory(pod), paths.logFile(spec.name, ended.attempt)));
}

async function head(file: string, bytes: number): Promise<string> {
  return slice(file, (size) => [0, Math.min(size, bytes)]);
}

/** The last lines of a log, without what the runtime puts before each. */
async function logTail(file: string): Promise<string> {
  const text = await slice(file, (size) => [Math.max(0, size - LOG_TAIL_BYTES), Math.min(size, LOG_TAIL_BYTES)]);
  const lines = text.split('\n').flatMap((line) => parseLogLine(line) ?? []);
  const shown = lines.slice(-limits.terminationMessageLogLines);
  const tail = shown.map(({ content, partial }) => (partial ? content : `${content}\n`)).join('');
  return tail.slice(-limits.terminationMessageBytes / 2);
}

const LOG_TAIL_BYTES = 64 * 1024;

async function slice(file: string, range: (size: number) => readonly [number, number]): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const [from, length] = range((await handle.stat()).size);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
