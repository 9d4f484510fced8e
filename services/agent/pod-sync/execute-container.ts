import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '@taffrail/platform/failure';
import { ContainerConfigError } from '../containers/config-error.ts';
import { containerConfig } from '../containers/container-config.ts';
import { containerEnvironment } from '../containers/environment.ts';
import { hostsFile } from '../containers/hosts-file.ts';
import { normalizeImage } from '../containers/image-reference.ts';
import { runHandler, type HandlerTarget } from '../probes/handler.ts';
import { RuntimeFailure, type ContainerConfig } from '../runtime/port.ts';
import { containerMounts } from '../volumes/pod-volumes.ts';
import { VolumeError } from '../volumes/volume-error.ts';
import type { PodAction } from './action.ts';
import { sandboxConfigOf } from './execute-sandbox.ts';
import { failureAfter } from './mutable-memory.ts';
import { restartBounds } from './plan-start.ts';
import { MINIMUM_GRACE_SECONDS, podNamespace, podUid } from './pod-facts.ts';
import { containerSpec, sayOfContainer, type PodTask } from './pod-task.ts';
import { nextBackoff } from './restart-backoff.ts';

type Start = PodAction & { readonly type: 'start-container' };
type Kill = PodAction & { readonly type: 'kill-container' };

/** A step of a start that failed, with the reason the container's status shows. */
class StartFailure extends Error {
  readonly reason: 'CreateContainerConfigError' | 'CreateContainerError' | 'RunContainerError';
  constructor(reason: StartFailure['reason'], cause: unknown) {
    super(messageOf(cause), { cause });
    this.reason = reason;
  }
}

export async function startContainer(task: PodTask, action: Start): Promise<void> {
  const { context, memory, observed } = task;
  const { container, attempt, present } = action;
  const nowMs = context.clock.nowMs();
  const crashed = observed.containers.some(({ name, phase }) => name === container && phase === 'exited');
  if (crashed) memory.restarts.set(container, nextBackoff(memory.restarts.get(container), nowMs, restartBounds));
  const image = containerSpec(task.pod, container)?.image;
  if (present) {
    sayOfContainer(task, container, 'Normal', 'Pulled', `Container image "${image}" already present on machine`);
  }
  try {
    const id = await context.startSlots.run(() => createAndStart(task, action), task.signal);
    memory.startFailures.delete(container);
    memory.pulledFor.delete(`${container}#${attempt}`);
    await postStart(task, container, id);
  } catch (error) {
    if (task.signal.aborted) return;
    if (!(error instanceof StartFailure)) throw error;
    const failure = failureAfter(
      memory.startFailures.get(container),
      error.reason,
      error.message,
      context.clock.nowMs(),
    );
    memory.startFailures.set(container, failure);
    sayOfContainer(task, container, 'Warning', 'Failed', `Error: ${error.message}`);
  }
}

async function createAndStart(task: PodTask, { container, attempt, sandboxId }: Start): Promise<string> {
  const { context, observed, signal } = task;
  const { runtime } = context;
  const config = await configOf(task, container, attempt).catch((error: unknown) => {
    const expected = error instanceof ContainerConfigError || error instanceof VolumeError;
    if (!expected) throw error;
    throw new StartFailure('CreateContainerConfigError', error);
  });
  const sandbox = observed.sandboxes.find(({ id }) => id === sandboxId);
  const sandboxConfig = sandboxConfigOf(task, sandbox?.identity.attempt ?? 0);
  const id = await refusalAs('CreateContainerError', runtime.createContainer(sandboxId, config, sandboxConfig, signal));
  task.announce(id);
  sayOfContainer(task, container, 'Normal', 'Created', `Created container: ${container}`);
  await refusalAs('RunContainerError', runtime.startContainer(id, signal));
  sayOfContainer(task, container, 'Normal', 'Started', `Started container ${container}`);
  return id;
}

/** Only a runtime's refusal is the container's fault; a runtime that is away is asked again. */
async function refusalAs<T>(reason: StartFailure['reason'], call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof RuntimeFailure ? new StartFailure(reason, error) : error;
  }
}

async function configOf(task: PodTask, name: string, attempt: number): Promise<ContainerConfig> {
  const { context, pod, observed, signal } = task;
  const container = containerSpec(pod, name);
  if (container === undefined) throw new ContainerConfigError(`the pod has no container "${name}"`);
  const { runtime, paths, node, clusterDns, nodeMemoryBytes } = context;
  const sandboxIps = observed.sandboxes[0]?.ips ?? [];
  const podIps = pod.spec?.hostNetwork === true ? [node.ip] : sandboxIps;
  const [objects, services, image] = await Promise.all([
    task.references(),
    context.services.forEnvironment(podNamespace(pod), signal),
    runtime.image(normalizeImage(container.image ?? '') ?? '', signal),
  ]);
  const input = { pod, container, objects, services, node, podIps };
  const environment = new Map(containerEnvironment(input).map((entry) => [entry.name, entry.value]));
  const logPath = paths.logFile(name, attempt);
  const hosts = hostsFile(pod, podIps, clusterDns.domain, context.nodeHosts);
  const [mounts] = await Promise.all([
    containerMounts(paths, pod, container, attempt, environment),
    mkdir(dirname(paths.hostsFile(podUid(pod))), { recursive: true }).then(() =>
      writeFile(paths.hostsFile(podUid(pod)), hosts, { mode: 0o644 }),
    ),
    mkdir(dirname(join(paths.logDirectory(pod), logPath)), { recursive: true }),
  ]);
  return containerConfig({ ...input, attempt, image, mounts, logPath, nodeMemoryBytes });
}

function handlerTarget({ context, pod, observed }: PodTask, name: string, id: string): HandlerTarget | undefined {
  const container = containerSpec(pod, name);
  const podIp = pod.spec?.hostNetwork === true ? context.node.ip : (observed.sandboxes[0]?.ips[0] ?? '');
  return container === undefined ? undefined : { runtime: context.runtime, containerId: id, container, podIp };
}

/** Runs the postStart hook; a container whose hook fails is killed and falls under its restart policy. */
async function postStart(task: PodTask, name: string, id: string): Promise<void> {
  const target = handlerTarget(task, name, id);
  const hook = target?.container.lifecycle?.postStart;
  if (target === undefined || hook === undefined) return;
  if (hook.sleep !== undefined) return task.context.clock.sleep(hook.sleep.seconds * 1000, task.signal);
  const { ok, message } = await runHandler(target, hook, HOOK_MS, task.signal);
  if (ok) return;
  sayOfContainer(task, name, 'Warning', 'FailedPostStartHook', `PostStartHook failed: ${message}`);
  sayOfContainer(task, name, 'Normal', 'Killing', 'FailedPostStartHook');
  await task.context.runtime.stopContainer(id, MINIMUM_GRACE_SECONDS, task.signal);
}

/** Bound of a hook that brings none of its own. */
const HOOK_MS = 60 * 60_000;

/** The preStop hook and the stop signal share one grace period; what is left after the hook is at least two seconds. */
export async function killContainer(task: PodTask, action: Kill): Promise<void> {
  const { context, memory, signal } = task;
  const { clock } = context;
  const { id, container, preStop, message } = action;
  const deadlineMs = clock.nowMs() + action.graceSeconds * 1000;
  memory.kills.set(id, { deadlineMs });
  sayOfContainer(task, container, 'Normal', 'Killing', message);
  try {
    if (preStop) await runPreStop(task, container, id, action.graceSeconds * 1000);
    const leftSeconds = Math.ceil((deadlineMs - clock.nowMs()) / 1000);
    await context.runtime.stopContainer(id, Math.max(MINIMUM_GRACE_SECONDS, leftSeconds), signal);
  } finally {
    if (memory.kills.get(id)?.deadlineMs === deadlineMs) memory.kills.delete(id);
  }
}

async function runPreStop(task: PodTask, name: string, id: string, graceMs: number): Promise<void> {
  const target = handlerTarget(task, name, id);
  const hook = target?.container.lifecycle?.preStop;
  if (target === undefined || hook === undefined) return;
  if (hook.sleep !== undefined) {
    return task.context.clock.sleep(Math.min(hook.sleep.seconds * 1000, graceMs), task.signal);
  }
  const { ok, message } = await runHandler(target, hook, graceMs, task.signal);
  if (!ok) sayOfContainer(task, name, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${message}`);
}
