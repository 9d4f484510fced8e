import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { seededRandom } from '@taffrail/platform/random';
import type { Pod } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { noCgroups } from '../node/cgroups.ts';
import { EXIT_AFTER_MS, EXIT_CODE, simulatedRuntime } from '../runtime/simulated/simulated-runtime.ts';
import { nodeFixture } from '../testing/node-fixture.ts';
import { podApi } from '../testing/pod-api.ts';
import { PODS } from './status-writer.ts';

test('a hundred pods come and go on a simulated node, each with its own address and every write with its cause', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taffrail-simulated-'));
  const runtime = simulatedRuntime({
    clock: systemClock,
    random: seededRandom(5),
    podCidr: '10.9.0.0/24',
    sandboxStartMs: 2,
    containerStartMs: 2,
    imagePullMs: 2,
  });
  const api = podApi();
  const node = await nodeFixture({ runtime, api, cgroups: noCgroups, directory });
  try {
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    for (const name of names) node.create({ name }, { containers: [{ name: 'main', image: 'registry.local/x:1' }] });
    const pods = await Promise.all(names.map((name) => node.until(name, (pod) => pod?.status?.phase === 'Running')));
    expect(new Set(pods.map((pod) => pod?.status?.podIP)).size).toBe(100);
    expect(api.writes.every(({ cause }) => cause?.revision !== undefined)).toBe(true);
    for (const name of names) await api.delete(PODS, 'default', name, {});
    await Promise.all(names.map((name) => node.until(name, (pod) => pod === undefined)));
    for (let attempt = 0; attempt < 200 && node.pods.pods().length > 0; attempt++) await systemClock.sleep(10);
    expect(await runtime.listSandboxes()).toEqual([]);
  } finally {
    await node.close();
    rmSync(directory, { recursive: true });
  }
});

test('a deletion that the answer to a status write shows before the watch tells of it is acted on', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taffrail-simulated-'));
  const delays = { sandboxStartMs: 1, containerStartMs: 1, imagePullMs: 1 };
  const runtime = simulatedRuntime({ clock: systemClock, random: seededRandom(7), podCidr: '10.9.0.0/24', ...delays });
  const api = podApi();
  const node = await nodeFixture({ runtime, api, cgroups: noCgroups, directory });
  try {
    node.create({ name: 'late' }, { containers: [{ name: 'main', image: 'x:1' }] });
    const running = await node.until('late', isReady);
    const put = (changes: Partial<Pod>): KubeObject => api.put({ ...running, ...changes } as unknown as KubeObject);
    // Just before the agent puts a status right that is not its own, somebody deletes the pod; the watch tells of it later.
    api.onWrite = () => {
      api.onWrite = undefined;
      api.held = true;
      const deletion = { deletionTimestamp: '2026-11-21T09:00:00Z', deletionGracePeriodSeconds: 1 };
      put({ metadata: { ...running?.metadata, ...deletion }, status: unready(running) });
    };
    put({ status: unready(running) });
    await node.until('late', (pod) => isReady(pod) && pod?.metadata.deletionTimestamp !== undefined);
    await expect.poll(() => node.pods.find('default', 'late')?.metadata.deletionTimestamp).toBeDefined();
    api.held = false;
    await node.until('late', (pod) => pod === undefined);
    await expect.poll(() => node.pods.pods()).toEqual([]);
  } finally {
    await node.close();
    rmSync(directory, { recursive: true });
  }
});

const isReady = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const unready = (pod: Pod | undefined): NonNullable<Pod['status']> => ({
  ...pod?.status,
  conditions: (pod?.status?.conditions ?? []).map((condition) => ({ ...condition, status: 'False' })),
});

test('a virtual container ends as it is told, and its pod says so', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taffrail-simulated-'));
  const delays = { sandboxStartMs: 1, containerStartMs: 1, imagePullMs: 1 };
  const runtime = simulatedRuntime({ clock: systemClock, random: seededRandom(6), podCidr: '10.9.0.0/24', ...delays });
  const node = await nodeFixture({ runtime, api: podApi(), cgroups: noCgroups, directory });
  const env = [
    { name: EXIT_AFTER_MS, value: '20' },
    { name: EXIT_CODE, value: '4' },
  ];
  try {
    node.create({ name: 'job' }, { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x:1', env }] });
    const pod = await node.until('job', (found) => found?.status?.phase === 'Failed');
    expect(pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4);
  } finally {
    await node.close();
    rmSync(directory, { recursive: true });
  }
});
