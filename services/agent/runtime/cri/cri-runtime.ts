import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import {
  POD_UID_LABEL,
  RuntimeFailure,
  type ContainerStatus,
  type ExecResult,
  type Runtime,
  type SandboxStatus,
} from '../port.ts';
import { CriConnection } from './connection.ts';
import { containerdNudges } from './containerd-events.ts';
import {
  decodeContainer,
  decodeContainerStatus,
  decodeImage,
  decodeSandbox,
  decodeSandboxStatus,
  decodeUsage,
  record,
  records,
  text,
} from './decode.ts';
import { encodeContainer, encodeSandbox } from './encode.ts';

const podFilter = (podUid: string | undefined): object =>
  podUid === undefined ? {} : { filter: { labelSelector: { [POD_UID_LABEL]: podUid } } };

/** The runtime port over CRI v1, as containerd serves it on `socketPath`. */
export function criRuntime(socketPath: string, clock: Clock, logger: Logger): Runtime {
  const connection = new CriConnection(socketPath, (timeoutMs) => clock.nowMs() + timeoutMs);
  /** A status does not say which sandbox it is in; a container never moves, so the answer is kept. */
  const sandboxOf = new Map<string, string>();

  async function containerStatus(id: string, signal?: AbortSignal): Promise<ContainerStatus | undefined> {
    const reply = await orUndefined(connection.runtime('ContainerStatus', { containerId: id }, undefined, signal));
    if (reply === undefined) return undefined;
    const status = decodeContainerStatus(record(reply['status']));
    return { ...status, sandboxId: sandboxOf.get(id) ?? (await findSandbox(id, signal)) };
  }

  async function findSandbox(containerId: string, signal?: AbortSignal): Promise<string> {
    const reply = await connection.runtime('ListContainers', { filter: { id: containerId } }, undefined, signal);
    const sandboxId = records(reply['containers']).map(decodeContainer)[0]?.sandboxId ?? '';
    sandboxOf.set(containerId, sandboxId);
    return sandboxId;
  }

  async function sandboxStatus(id: string, signal?: AbortSignal): Promise<SandboxStatus | undefined> {
    const reply = await orUndefined(connection.runtime('PodSandboxStatus', { podSandboxId: id }, undefined, signal));
    return reply === undefined ? undefined : decodeSandboxStatus(record(reply['status']));
  }

  async function isRunning(id: string, signal: AbortSignal): Promise<boolean> {
    const container = await containerStatus(id, signal);
    if (container !== undefined) return container.phase === 'running';
    return (await sandboxStatus(id, signal))?.state === 'ready';
  }

  return Object.freeze<Runtime>({
    async version(signal) {
      const reply = await connection.runtime('Version', {}, limits.runtimeProbeMs, signal);
      return { name: text(reply['runtimeName']), version: text(reply['runtimeVersion']) };
    },
    async conditions(signal) {
      const reply = await connection.runtime('Status', {}, limits.runtimeProbeMs, signal);
      return records(record(reply['status'])['conditions']).map((condition) => ({
        type: text(condition['type']),
        ok: condition['status'] === true,
        reason: text(condition['reason']),
        message: text(condition['message']),
      }));
    },
    async listSandboxes(podUid, signal) {
      const reply = await connection.runtime('ListPodSandbox', podFilter(podUid), undefined, signal);
      return records(reply['items']).map(decodeSandbox);
    },
    sandboxStatus,
    async runSandbox(config, signal) {
      const reply = await connection.runtime(
        'RunPodSandbox',
        { config: encodeSandbox(config) },
        limits.sandboxStartMs,
        signal,
      );
      return text(reply['podSandboxId']);
    },
    async stopSandbox(id, signal) {
      await orUndefined(connection.runtime('StopPodSandbox', { podSandboxId: id }, undefined, signal));
    },
    async removeSandbox(id, signal) {
      await orUndefined(connection.runtime('RemovePodSandbox', { podSandboxId: id }, undefined, signal));
    },
    async listContainers(podUid, signal) {
      const reply = await connection.runtime('ListContainers', podFilter(podUid), undefined, signal);
      const containers = records(reply['containers']).map(decodeContainer);
      for (const { id, sandboxId } of containers) sandboxOf.set(id, sandboxId);
      if (podUid === undefined) {
        const present = new Set(containers.map(({ id }) => id));
        for (const id of sandboxOf.keys()) if (!present.has(id)) sandboxOf.delete(id);
      }
      return containers;
    },
    containerStatus,
    async createContainer(sandboxId, config, sandbox, signal) {
      const reply = await connection.runtime(
        'CreateContainer',
        { podSandboxId: sandboxId, config: encodeContainer(config), sandboxConfig: encodeSandbox(sandbox) },
        undefined,
        signal,
      );
      const id = text(reply['containerId']);
      sandboxOf.set(id, sandboxId);
      return id;
    },
    async startContainer(id, signal) {
      await connection.runtime('StartContainer', { containerId: id }, undefined, signal);
    },
    async stopContainer(id, graceSeconds, signal) {
      const request = { containerId: id, timeout: graceSeconds };
      await orUndefined(
        connection.runtime('StopContainer', request, graceSeconds * 1000 + limits.runtimeCallMs, signal),
      );
    },
    async removeContainer(id, signal) {
      await orUndefined(connection.runtime('RemoveContainer', { containerId: id }, undefined, signal));
      sandboxOf.delete(id);
    },
    async exec(id, command, timeoutSeconds, signal): Promise<ExecResult> {
      const reply = await connection.runtime(
        'ExecSync',
        { containerId: id, cmd: command, timeout: timeoutSeconds },
        timeoutSeconds === 0 ? limits.execMs : timeoutSeconds * 1000 + limits.runtimeProbeMs,
        signal,
      );
      return {
        exitCode: Number(reply['exitCode']),
        stdout: reply['stdout'] as Buffer,
        stderr: reply['stderr'] as Buffer,
      };
    },
    async reopenLog(id, signal) {
      await connection.runtime('ReopenContainerLog', { containerId: id }, undefined, signal);
    },
    async listImages(signal) {
      const reply = await connection.image('ListImages', {}, undefined, signal);
      return records(reply['images']).map(decodeImage);
    },
    async image(reference, signal) {
      const reply = await connection.image('ImageStatus', { image: { image: reference } }, undefined, signal);
      const found = reply['image'];
      return found === null || found === undefined ? undefined : decodeImage(record(found));
    },
    async pullImage(reference, credentials, signal) {
      const reply = await connection.image(
        'PullImage',
        { image: { image: reference }, ...(credentials === undefined ? {} : { auth: credentials }) },
        limits.imagePullMs,
        signal,
      );
      return text(reply['imageRef']);
    },
    async removeImage(reference, signal) {
      await connection.image('RemoveImage', { image: { image: reference } }, undefined, signal);
    },
    async usage(signal) {
      const reply = await connection.runtime('ListContainerStats', {}, undefined, signal);
      return records(reply['stats']).map(decodeUsage);
    },
    async execUrl(id, command, streams) {
      const request = { containerId: id, cmd: command, ...streams };
      return text((await connection.runtime('Exec', request))['url']);
    },
    async attachUrl(id, streams) {
      return text((await connection.runtime('Attach', { containerId: id, ...streams }))['url']);
    },
    async portForwardUrl(sandboxId) {
      return text((await connection.runtime('PortForward', { podSandboxId: sandboxId, port: [] }))['url']);
    },
    changes: (signal) => containerdNudges({ connection, clock, logger, isRunning }, signal),
    close: () => connection.close(),
  });
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RuntimeFailure && error.kind === 'not-found') return undefined;
    throw error;
  }
}
