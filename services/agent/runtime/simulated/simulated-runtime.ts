import type { Clock } from '@taffrail/platform/clock';
import type { Random } from '@taffrail/platform/random';
import {
  POD_UID_LABEL,
  RuntimeFailure,
  type Container,
  type ContainerConfig,
  type ContainerStatus,
  type Image,
  type Runtime,
  type RuntimeNudge,
  type Sandbox,
  type SandboxConfig,
  type SandboxStatus,
} from '../port.ts';
import { nudgeQueue } from '../nudge-queue.ts';
import { addressPool } from './address-pool.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly podCidr: string;
  readonly sandboxStartMs: number;
  readonly containerStartMs: number;
  readonly imagePullMs: number;
  /** References that are there from the start. */
  readonly images?: readonly string[];
}

/** Environment variables a virtual container obeys: it ends by itself after so long, with this code. */
export const EXIT_AFTER_MS = 'SIMULATED_EXIT_AFTER_MS';
export const EXIT_CODE = 'SIMULATED_EXIT_CODE';

interface VirtualSandbox extends SandboxStatus {
  readonly config: SandboxConfig;
}
interface VirtualContainer extends ContainerStatus {
  readonly config: ContainerConfig;
}

/**
 * Virtual containers: they start after a delay, run until they are stopped (or as EXIT_AFTER_MS says) and do nothing.
 * For scale tests, the simulator and machines without a container runtime. Lives in memory: ends with its process.
 */
export function simulatedRuntime(options: SimulatedRuntimeOptions): Runtime {
  const { clock, random } = options;
  const sandboxes = new Map<string, VirtualSandbox>();
  const containers = new Map<string, VirtualContainer>();
  const images = new Set<string>(options.images);
  const listeners = new Set<(nudge: RuntimeNudge) => void>();
  const addresses = addressPool(options.podCidr);

  const newId = (): string => Buffer.from(random.bytes(32)).toString('hex');
  const nudge = (containerId: string): void => {
    for (const listener of listeners) listener({ containerId });
  };
  const imageOf = (reference: string): Image => ({
    id: `sha256:${Buffer.from(reference).toString('hex').slice(0, 64).padEnd(64, '0')}`,
    tags: [reference],
    digests: [],
    sizeBytes: 0,
    user: {},
  });
  const end = (id: string, exitCode: number): void => {
    const container = containers.get(id);
    if (container === undefined || container.phase === 'exited') return;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    containers.set(id, { ...container, phase: 'exited', exitCode, reason, finishedMs: clock.nowMs() });
    nudge(id);
  };
  const known = <T>(map: ReadonlyMap<string, T>, id: string, what: string): T => {
    const found = map.get(id);
    if (found === undefined) throw new RuntimeFailure('not-found', `${what} "${id}" not found`);
    return found;
  };
  const ofPod = <T extends Sandbox | Container>(all: Iterable<T>, podUid: string | undefined): readonly T[] =>
    [...all].filter((item) => podUid === undefined || item.labels[POD_UID_LABEL] === podUid);
  const stopSandbox = (id: string): void => {
    const sandbox = sandboxes.get(id);
    if (sandbox === undefined) return;
    for (const container of containers.values()) if (container.sandboxId === id) end(container.id, 137);
    for (const ip of sandbox.ips) addresses.free(ip);
    sandboxes.set(id, { ...sandbox, state: 'not-ready', ips: [] });
  };
  const noStreams = (): Promise<never> =>
    Promise.reject(new RuntimeFailure('unsupported', 'a simulated container has no processes to talk to'));

  return Object.freeze<Runtime>({
    version: () => Promise.resolve({ name: 'simulated', version: '1' }),
    conditions: () =>
      Promise.resolve(['RuntimeReady', 'NetworkReady'].map((type) => ({ type, ok: true, reason: '', message: '' }))),
    listSandboxes: (podUid) => Promise.resolve(ofPod(sandboxes.values(), podUid)),
    sandboxStatus: (id) => Promise.resolve(sandboxes.get(id)),
    async runSandbox(config, signal) {
      await clock.sleep(options.sandboxStartMs, signal);
      const id = newId();
      const onNode = config.security.namespaces.network === 'node';
      sandboxes.set(id, {
        id,
        identity: config.identity,
        state: 'ready',
        createdMs: clock.nowMs(),
        labels: config.labels,
        annotations: config.annotations,
        ips: onNode ? [] : [addresses.take()],
        config,
      });
      return id;
    },
    stopSandbox: (id) => Promise.resolve(stopSandbox(id)),
    removeSandbox(id) {
      stopSandbox(id);
      for (const container of containers.values()) if (container.sandboxId === id) containers.delete(container.id);
      sandboxes.delete(id);
      return Promise.resolve();
    },
    listContainers: (podUid) => Promise.resolve(ofPod(containers.values(), podUid)),
    containerStatus: (id) => Promise.resolve(containers.get(id)),
    async createContainer(sandboxId, config) {
      known(sandboxes, sandboxId, 'sandbox');
      if (!images.has(config.image)) throw new RuntimeFailure('not-found', `image "${config.image}" not found`);
      const id = newId();
      containers.set(id, {
        id,
        sandboxId,
        name: config.name,
        attempt: config.attempt,
        phase: 'created',
        createdMs: clock.nowMs(),
        labels: config.labels,
        annotations: config.annotations,
        startedMs: 0,
        finishedMs: 0,
        exitCode: 0,
        reason: '',
        message: '',
        image: config.image,
        imageRef: imageOf(config.image).id,
        logPath: '',
        config,
      });
      return id;
    },
    async startContainer(id, signal) {
      await clock.sleep(options.containerStartMs, signal);
      const container = known(containers, id, 'container');
      containers.set(id, { ...container, phase: 'running', startedMs: clock.nowMs() });
      nudge(id);
      const variable = (name: string): string | undefined =>
        container.config.environment.find((entry) => entry.name === name)?.value;
      const exitAfterMs = variable(EXIT_AFTER_MS);
      if (exitAfterMs !== undefined) clock.after(Number(exitAfterMs), () => end(id, Number(variable(EXIT_CODE) ?? 0)));
    },
    stopContainer: (id) => Promise.resolve(end(id, 137)),
    removeContainer(id) {
      containers.delete(id);
      return Promise.resolve();
    },
    async exec(id) {
      known(containers, id, 'container');
      return { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    },
    reopenLog: () => Promise.resolve(),
    listImages: () => Promise.resolve([...images].map(imageOf)),
    image: (reference) => Promise.resolve(images.has(reference) ? imageOf(reference) : undefined),
    async pullImage(reference, _credentials, signal) {
      await clock.sleep(options.imagePullMs, signal);
      images.add(reference);
      return imageOf(reference).id;
    },
    removeImage(reference) {
      images.delete(reference);
      return Promise.resolve();
    },
    usage: () => Promise.resolve([]),
    execUrl: noStreams,
    attachUrl: noStreams,
    portForwardUrl: noStreams,
    changes: (signal) => follow(listeners, signal),
    close: () => undefined,
  });
}

async function* follow(
  listeners: Set<(nudge: RuntimeNudge) => void>,
  signal: AbortSignal,
): AsyncGenerator<RuntimeNudge> {
  const queue = nudgeQueue();
  queue.push({ containerId: undefined });
  listeners.add(queue.push);
  try {
    yield* queue.items(signal);
  } finally {
    listeners.delete(queue.push);
  }
}
