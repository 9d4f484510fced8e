import { ApiFailure } from '@taffrail/controller/api-client';
import type { PodAction } from './action.ts';
import { killContainer, startContainer } from './execute-container.ts';
import { pullImage } from './execute-image.ts';
import { cleanUp, createSandbox, prepareVolumes } from './execute-sandbox.ts';
import { causedBy, PODS } from './status-writer.ts';
import { podName, podNamespace, podUid } from './pod-facts.ts';
import type { PodTask } from './pod-task.ts';

/** Carries out one action. Makes no choices; throws when the runtime or the API is away, and is planned again then. */
export async function execute(task: PodTask, action: PodAction): Promise<void> {
  const { runtime } = task.context;
  switch (action.type) {
    case 'create-sandbox':
      return createSandbox(task, action);
    case 'prepare-volumes':
      return prepareVolumes(task);
    case 'pull-image':
      return pullImage(task, action);
    case 'start-container':
      return startContainer(task, action);
    case 'kill-container':
      return killContainer(task, action);
    case 'remove-container':
      return runtime.removeContainer(action.id, task.signal);
    case 'stop-sandbox':
      return runtime.stopSandbox(action.id, task.signal);
    case 'remove-sandbox':
      return runtime.removeSandbox(action.id, task.signal);
    case 'delete-pod':
      return deletePod(task);
    case 'clean-up':
      return cleanUp(task);
  }
}

/** Fenced by the uid: a new pod of the same name is never meant. */
async function deletePod({ context, pod, memory, why }: PodTask): Promise<void> {
  const options = { gracePeriodSeconds: 0, preconditions: { uid: podUid(pod) } };
  try {
    await context.api.delete(
      PODS,
      podNamespace(pod),
      podName(pod),
      { apiVersion: 'v1', kind: 'DeleteOptions', ...options },
      causedBy(pod, why),
    );
  } catch (error) {
    if (!(error instanceof ApiFailure) || (error.code !== 404 && error.code !== 409)) throw error;
  }
  memory.deleted = true;
}
