import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@taffrail/platform/failure';
import { podDns } from '../containers/dns.ts';
import { podResources } from '../containers/resources.ts';
import { sandboxConfig } from '../containers/sandbox-config.ts';
import type { SandboxConfig } from '../runtime/port.ts';
import { preparePodVolumes, removePodDirectory } from '../volumes/pod-volumes.ts';
import { VolumeError } from '../volumes/volume-error.ts';
import type { PodAction } from './action.ts';
import { failureAfter } from './mutable-memory.ts';
import { podUid } from './pod-facts.ts';
import { sayOfPod, type PodTask } from './pod-task.ts';

/** The sandbox's config; a container's creation needs the same one again. */
export function sandboxConfigOf({ context, pod }: Pick<PodTask, 'context' | 'pod'>, attempt: number): SandboxConfig {
  return sandboxConfig({
    pod,
    attempt,
    dns: podDns(pod, context.clusterDns, context.nodeDns),
    logDirectory: context.paths.logDirectory(pod),
    cgroupParent: context.cgroups.parentOf(podUid(pod)),
  });
}

export async function createSandbox(
  task: PodTask,
  { attempt, replaces }: PodAction & { readonly type: 'create-sandbox' },
): Promise<void> {
  const { context, pod, memory } = task;
  if (replaces) {
    sayOfPod(task, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  }
  try {
    await context.startSlots.run(async () => {
      await Promise.all([
        context.cgroups.prepare(podUid(pod), podResources(pod)),
        mkdir(context.paths.logDirectory(pod), { recursive: true, mode: 0o755 }),
      ]);
      task.announce(await context.runtime.runSandbox(sandboxConfigOf(task, attempt), task.signal));
    }, task.signal);
    memory.sandboxFailure = undefined;
  } catch (error) {
    if (task.signal.aborted) return;
    const message = messageOf(error);
    memory.sandboxFailure = failureAfter(
      memory.sandboxFailure,
      'FailedCreatePodSandBox',
      message,
      context.clock.nowMs(),
    );
    sayOfPod(task, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`);
  }
}

/** Prepares volumes, or refreshes the files of volumes that follow the API. */
export async function prepareVolumes(task: PodTask): Promise<void> {
  const { context, pod, observed, memory } = task;
  try {
    const objects = await task.references();
    const podIps = observed.sandboxes[0]?.ips ?? [];
    await preparePodVolumes(context.paths, { pod, objects, node: context.node, podIps, token: () => undefined });
    memory.volumes = { state: 'ready' };
  } catch (error) {
    if (task.signal.aborted) return;
    const message = messageOf(error);
    if (!(error instanceof VolumeError)) context.logger.error({ pod: podUid(pod), error: message }, 'volume failed');
    // A refresh that fails leaves the files as they are; the pod runs on.
    if (memory.volumes.state === 'ready') {
      sayOfPod(task, 'Warning', 'FailedMount', message);
      return;
    }
    const previous = memory.volumes.state === 'failed' ? memory.volumes.failure : undefined;
    const failure = failureAfter(previous, 'FailedMount', message, context.clock.nowMs());
    memory.volumes = { state: 'failed', failure };
    sayOfPod(task, 'Warning', 'FailedMount', message);
  }
}

/** Everything of the pod on this node goes: volumes, logs, cgroups. */
export async function cleanUp({ context, pod, memory }: PodTask): Promise<void> {
  const uid = podUid(pod);
  const suffix = `_${uid}`;
  const logs = await readdir(context.paths.logsDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of logs) {
    if (name.endsWith(suffix)) await rm(join(context.paths.logsDirectory, name), { recursive: true, force: true });
  }
  await context.cgroups.remove(uid);
  // Last: while the directory is there, an agent that was interrupted finds the pod and begins again.
  await removePodDirectory(context.paths, uid);
  memory.cleanedUp = true;
}
