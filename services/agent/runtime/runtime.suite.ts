import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONTAINER_NAME_LABEL,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  RuntimeFailure,
  type ContainerConfig,
  type ContainerStatus,
  type Runtime,
  type SandboxConfig,
  type SecurityOptions,
} from './port.ts';

/** What a runtime under test brings: itself, a directory for logs, a shell image it has. */
export interface RuntimeUnderTest {
  readonly runtime: Runtime;
  readonly logRoot: string;
  readonly cgroupRoot: string;
  readonly image: string;
  close(): Promise<void>;
}

const security: SecurityOptions = {
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
  privileged: false,
  readonlyRootfs: false,
  supplementalGroups: [],
  noNewPrivileges: false,
  addCapabilities: [],
  dropCapabilities: [],
  maskedPaths: [],
  readonlyPaths: [],
};

export function sandboxConfig(under: Pick<RuntimeUnderTest, 'logRoot' | 'cgroupRoot'>, name: string): SandboxConfig {
  const uid = randomUUID();
  return {
    identity: { name, namespace: 'default', uid, attempt: 0 },
    hostname: name,
    logDirectory: `${under.logRoot}/${uid}`,
    dns: { servers: [], searches: [], options: [] },
    portMappings: [],
    labels: { [POD_NAME_LABEL]: name, [POD_NAMESPACE_LABEL]: 'default', [POD_UID_LABEL]: uid },
    annotations: {},
    cgroupParent: `${under.cgroupRoot}/pod${uid}`,
    sysctls: {},
    security,
  };
}

export function containerConfig(sandbox: SandboxConfig, name: string, image: string, script: string): ContainerConfig {
  return {
    name,
    attempt: 0,
    image,
    command: ['sh', '-c', script],
    args: [],
    workingDir: '',
    environment: [],
    mounts: [],
    devices: [],
    labels: { ...sandbox.labels, [CONTAINER_NAME_LABEL]: name },
    annotations: { note: 'kept' },
    logPath: `${name}/0.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    security,
  };
}

/** Every implementation of the runtime port shows these behaviours. */
export function runtimeContract(name: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`${name}: runtime port`, () => {
    let under: RuntimeUnderTest;
    const sandboxes: string[] = [];
    beforeAll(async () => {
      under = await open();
    });
    afterAll(async () => {
      for (const id of sandboxes) {
        await under.runtime.stopSandbox(id);
        await under.runtime.removeSandbox(id);
      }
      await under.close();
    });
    const runSandbox = async (config: SandboxConfig): Promise<string> => {
      const id = await under.runtime.runSandbox(config);
      sandboxes.push(id);
      return id;
    };
    const exited = async (id: string): Promise<ContainerStatus> => {
      for (let attempt = 0; attempt < 200; attempt++) {
        const status = await under.runtime.containerStatus(id);
        if (status?.phase === 'exited') return status;
        await delay(25);
      }
      throw new Error('the container did not end');
    };
    const start = async (sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> => {
      const id = await under.runtime.createContainer(sandboxId, config, sandbox);
      await under.runtime.startContainer(id);
      return id;
    };

    test('a sandbox becomes ready with an address and is listed by its pod', async () => {
      const config = sandboxConfig(under, 'listed');
      const id = await runSandbox(config);
      const status = await under.runtime.sandboxStatus(id);
      expect(status).toMatchObject({ id, state: 'ready', identity: config.identity, labels: config.labels });
      expect(status?.ips[0]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect((await under.runtime.listSandboxes(config.identity.uid)).map((sandbox) => sandbox.id)).toEqual([id]);
      expect(await under.runtime.listSandboxes('no-such-pod')).toEqual([]);
    });

    test('a container goes from created over running to exited, and keeps its labels and annotations', async () => {
      const config = sandboxConfig(under, 'phases');
      const sandboxId = await runSandbox(config);
      const container = containerConfig(config, 'main', under.image, 'exec sleep 1000');
      const id = await under.runtime.createContainer(sandboxId, container, config);
      expect((await under.runtime.containerStatus(id))?.phase).toBe('created');
      await under.runtime.startContainer(id);
      const running = await under.runtime.containerStatus(id);
      expect(running).toMatchObject({
        phase: 'running',
        sandboxId,
        name: 'main',
        attempt: 0,
        labels: container.labels,
      });
      expect(running?.annotations['note']).toBe('kept');
      expect(running?.startedMs).toBeGreaterThan(0);
      await under.runtime.stopContainer(id, 0);
      const ended = await exited(id);
      expect(ended.exitCode).toBe(137);
      expect(ended.finishedMs).toBeGreaterThanOrEqual(ended.startedMs);
    });

    test('stopping twice, removing twice and stopping what is gone are no errors', async () => {
      const config = sandboxConfig(under, 'idempotent');
      const sandboxId = await runSandbox(config);
      const id = await start(sandboxId, containerConfig(config, 'main', under.image, 'exec sleep 1000'), config);
      await under.runtime.stopSandbox(sandboxId);
      await under.runtime.stopSandbox(sandboxId);
      expect((await under.runtime.containerStatus(id))?.phase).toBe('exited');
      expect((await under.runtime.sandboxStatus(sandboxId))?.state).toBe('not-ready');
      await under.runtime.removeSandbox(sandboxId);
      await under.runtime.removeSandbox(sandboxId);
      expect(await under.runtime.sandboxStatus(sandboxId)).toBeUndefined();
      expect(await under.runtime.containerStatus(id)).toBeUndefined();
      await under.runtime.stopContainer(id, 0);
      await under.runtime.removeContainer(id);
    });

    test('an image that is missing is undefined, and creating a container from it is refused', async () => {
      expect(await under.runtime.image('registry.local/none:1')).toBeUndefined();
      expect((await under.runtime.image(under.image))?.id).not.toBe('');
      const config = sandboxConfig(under, 'noimage');
      const sandboxId = await runSandbox(config);
      const container = containerConfig(config, 'main', 'registry.local/none:1', 'true');
      await expect(under.runtime.createContainer(sandboxId, container, config)).rejects.toBeInstanceOf(RuntimeFailure);
    });

    test('a start or an end nudges with the container id', async () => {
      const config = sandboxConfig(under, 'nudge');
      const sandboxId = await runSandbox(config);
      const stop = new AbortController();
      const seen: (string | undefined)[] = [];
      const following = (async () => {
        for await (const nudge of under.runtime.changes(stop.signal)) seen.push(nudge.containerId);
      })();
      const id = await start(sandboxId, containerConfig(config, 'main', under.image, 'exec sleep 1000'), config);
      await under.runtime.stopContainer(id, 0);
      for (let attempt = 0; attempt < 100 && !seen.includes(id); attempt++) await delay(20);
      stop.abort();
      await following;
      expect(seen[0]).toBeUndefined();
      expect(seen).toContain(id);
    });
  });
}
