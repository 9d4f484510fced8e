import { messageOf } from '@taffrail/platform/failure';
import { pullCredentials } from '../containers/pull-credentials.ts';
import type { PullCredentials } from '../runtime/port.ts';
import type { PodAction } from './action.ts';
import { failureAfter } from './mutable-memory.ts';
import { pullBounds } from './plan-start.ts';
import { containerSpec, sayOfContainer, type PodTask } from './pod-task.ts';

/** Pulls an image with each of the pod's credentials in turn, or without any. */
export async function pullImage(
  task: PodTask,
  { container, attempt, image }: PodAction & { readonly type: 'pull-image' },
): Promise<void> {
  const { context, memory, pod } = task;
  const { clock, runtime } = context;
  const shown = containerSpec(pod, container)?.image ?? image;
  const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    sayOfContainer(task, container, type, reason, message);
  const waitedMs = clock.monotonicMs();
  try {
    await context.pullSlots.run(async () => {
      const startMs = clock.monotonicMs();
      say('Normal', 'Pulling', `Pulling image "${shown}"`);
      const credentials = pullCredentials(pod, image, await task.references());
      await pullWith(task, image, credentials.length === 0 ? [undefined] : credentials);
      const size = (await runtime.image(image, task.signal))?.sizeBytes ?? 0;
      const endMs = clock.monotonicMs();
      const took = `in ${duration(endMs - startMs)} (${duration(endMs - waitedMs)} including waiting)`;
      say('Normal', 'Pulled', `Successfully pulled image "${shown}" ${took}. Image size: ${size} bytes.`);
    }, task.signal);
    memory.pullFailures.delete(image);
    memory.pulledFor.add(`${container}#${attempt}`);
  } catch (error) {
    if (task.signal.aborted) return;
    const message = messageOf(error);
    const failure = failureAfter(memory.pullFailures.get(image), 'ErrImagePull', message, clock.nowMs(), pullBounds);
    memory.pullFailures.set(image, failure);
    say('Warning', 'Failed', `Failed to pull image "${shown}": ${message}`);
    say('Warning', 'Failed', 'Error: ErrImagePull');
  }
}

async function pullWith(
  { context, signal }: Pick<PodTask, 'context' | 'signal'>,
  image: string,
  credentials: readonly (PullCredentials | undefined)[],
): Promise<void> {
  const [first, ...others] = credentials;
  try {
    await context.runtime.pullImage(image, first, signal);
  } catch (error) {
    if (others.length === 0) throw error;
    await pullWith({ context, signal }, image, others);
  }
}

/** `12ms`, `1.234s`: as Go prints a rounded duration. */
const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(3)}s`);
