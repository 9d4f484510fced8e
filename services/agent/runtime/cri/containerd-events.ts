import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { RuntimeNudge } from '../port.ts';
import type { CriConnection, Reply } from './connection.ts';
import { record } from './decode.ts';
import { nudgeQueue } from '../nudge-queue.ts';

const ANYTHING: RuntimeNudge = { containerId: undefined };
/** How long CRI may take to show an end that containerd has told of, in steps. */
const SETTLE_STEPS_MS = [5, 10, 20, 40, 80, 160, 320, 640];

export interface ContainerdEventsOptions {
  readonly connection: CriConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether CRI still shows the container or sandbox as running. */
  isRunning(id: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * containerd's task events as nudges. Its CRI answers `GetContainerEvents` with "not implemented" before 1.7, so this
 * follows containerd's own service. Every (re)connect says that anything may have changed, because events are not kept.
 * An end is told of before CRI shows it: the nudge waits until it does.
 */
export async function* containerdNudges(
  options: ContainerdEventsOptions,
  signal: AbortSignal,
): AsyncGenerator<RuntimeNudge> {
  const queue = nudgeQueue();
  const following = follow(options, queue.push, signal);
  try {
    yield* queue.items(signal);
  } finally {
    await following;
  }
}

async function follow(
  options: ContainerdEventsOptions,
  push: (nudge: RuntimeNudge) => void,
  signal: AbortSignal,
): Promise<void> {
  const { connection, clock, logger } = options;
  while (!signal.aborted) {
    const stream = connection.events(['topic=="/tasks/start"', 'topic=="/tasks/exit"']);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    push(ANYTHING);
    await new Promise<void>((resolve) => {
      stream.on('data', (envelope: Reply) => {
        const containerId = containerOf(envelope);
        if (containerId === undefined) return;
        if (envelope['topic'] === '/tasks/exit') void pushSettled(options, containerId, push, signal);
        else push({ containerId });
      });
      stream.on('error', (error) => {
        if (!signal.aborted) logger.debug({ error: messageOf(error) }, 'the event stream of the runtime broke off');
        resolve();
      });
      stream.on('end', resolve);
    });
    signal.removeEventListener('abort', cancel);
    await clock.sleep(limits.runtimeReconnectMs, signal).catch(() => undefined);
  }
}

async function pushSettled(
  { isRunning, clock, logger }: ContainerdEventsOptions,
  containerId: string,
  push: (nudge: RuntimeNudge) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const stepMs of SETTLE_STEPS_MS) {
      if (!(await isRunning(containerId, signal))) break;
      await clock.sleep(stepMs, signal);
    }
  } catch (error) {
    if (signal.aborted) return;
    logger.debug({ error: messageOf(error) }, 'the runtime did not say how a container is');
  }
  push({ containerId });
}

/**
 * The container whose main process started or ended. Field 1 of both events is the container id and field 2 of an end the
 * process's: another id is a command run inside (a probe), which changes nothing.
 */
function containerOf(envelope: Reply): string | undefined {
  const value = record(envelope['event'])['value'];
  if (!Buffer.isBuffer(value)) return undefined;
  const container = shortString(value, 0, 0x0a);
  if (container === undefined || envelope['topic'] !== '/tasks/exit') return container;
  const process = shortString(value, 2 + container.length, 0x12);
  return process === container ? container : undefined;
}

/** A length-delimited field below 128 bytes at an offset, if it has this tag. */
function shortString(value: Buffer, at: number, tag: number): string | undefined {
  const length = value[at + 1] ?? 0;
  return value[at] === tag && length < 0x80 ? value.toString('utf8', at + 2, at + 2 + length) : undefined;
}
