import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer, type MemoryServer } from '../../api/testing/memory-server.ts';
import { benchClient } from './bench-client.ts';
import { ratioTable, resultTable } from './bench-table.ts';
import { growth } from './growth.ts';
import { measure, percentile, type Measurement } from './measurement.ts';
import { ratios, runBench, type BenchResult } from './run-bench.ts';
import { cpuMsOf } from './server-processes.ts';
import { slopePerMinute, soak } from './soak.ts';
import type { BenchTarget } from './workload.ts';
import { cleanUp, prepare, WORKLOADS } from './workloads.ts';

const TINY = { creates: 8, reads: 8, pods: 12, lists: 2, watchedWrites: 2 };

let server: MemoryServer;
let target: BenchTarget;
const { signal } = new AbortController();

beforeAll(async () => {
  server = await memoryServer();
  const client = await benchClient(server.kubeconfigFile);
  target = { client, namespace: 'bench-test', pids: [process.pid], clock: systemClock, signal };
});
afterAll(async () => {
  target.client.close();
  await server[Symbol.asyncDispose]();
});

async function count(resource: string): Promise<number> {
  const answer = await target.client.ask({ method: 'GET', path: `/api/v1/${resource}` }, true);
  const { items } = JSON.parse(answer.body) as { readonly items: readonly { metadata: { namespace?: string } }[] };
  return items.filter(({ metadata }) => metadata.namespace?.startsWith('bench-test') === true).length;
}

describe('bench', () => {
  test('every workload is answered without a failure, and nothing is left behind', async () => {
    const told: string[] = [];
    const results = await runBench({
      targets: [target],
      size: TINY,
      rounds: 1,
      only: [],
      told: ({ workload }) => told.push(workload),
    });
    expect(told).toEqual(WORKLOADS.map(({ name }) => name));
    for (const { workload, measurement } of results) {
      expect(measurement.failure, workload).toBeUndefined();
      expect(measurement.operations, workload).toBeGreaterThan(0);
      expect(measurement.p99Ms, workload).toBeGreaterThanOrEqual(measurement.p50Ms);
    }
    const fanOut = results.find(({ workload }) => workload === 'event to 1000 watchers');
    expect(fanOut?.measurement.operations).toBe(1_000 * TINY.watchedWrites);
    expect(await count('pods')).toBe(0);
    expect(await count('configmaps')).toBe(0);
    expect(resultTable(results)).toHaveLength(WORKLOADS.length + 1);
  }, 60_000);

  test('what a run made is removed page by page', async () => {
    const many = { ...target, namespace: 'bench-test-many' };
    await prepare(many);
    const path = `/api/v1/namespaces/${many.namespace}/configmaps`;
    const names = Array.from({ length: limits.benchDeletedCount + 1 }, (_, index) => `many-${index}`);
    await Promise.all(
      names.map(async (name) => {
        const body = JSON.stringify({ metadata: { name } });
        return await target.client.ask({ method: 'POST', path, body });
      }),
    );
    expect(await count('configmaps')).toBe(names.length);
    await cleanUp(many);
    expect(await count('configmaps')).toBe(0);
  });

  test('a server may send as far ahead as with client-go, on a stream and on its connection', async () => {
    const sessions: ServerHttp2Session[] = [];
    const port = createServer();
    port.on('session', (session) => sessions.push(session));
    port.on('stream', (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('{}');
    });
    await once(port.listen(0, '127.0.0.1'), 'listening');
    const directory = await mkdtemp(`${tmpdir()}/taffrail-bench-`);
    const file = `${directory}/kubeconfig`;
    const { port: number } = port.address() as AddressInfo;
    const kubeconfig = {
      'current-context': 'plain',
      contexts: [{ name: 'plain', context: { cluster: 'plain', user: 'nobody' } }],
      clusters: [{ name: 'plain', cluster: { server: `http://127.0.0.1:${number}` } }],
      users: [],
    };
    await writeFile(file, JSON.stringify(kubeconfig));
    const client = await benchClient(file);
    try {
      await client.ask({ method: 'GET', path: '/version' });
      expect(sessions[0]?.remoteSettings.initialWindowSize).toBe(4 * 1024 * 1024);
      expect(sessions[0]?.state.remoteWindowSize).toBeGreaterThan(2 ** 29);
    } finally {
      client.close();
      port.close();
      await rm(directory, { recursive: true });
    }
  });

  test('two servers take turns, and their ratios come with their spread', async () => {
    const other = { ...target, client: { ...target.client, server: 'https://other' } };
    const results = await runBench({
      targets: [
        { ...target, namespace: 'bench-test-first' },
        { ...other, namespace: 'bench-test-other' },
      ],
      size: TINY,
      rounds: 2,
      only: ['get'],
      told: () => undefined,
    });
    expect(results.map(({ server: at, round }) => `${at === 'https://other' ? 'other' : 'first'} ${round}`)).toEqual([
      'first 0',
      'other 0',
      'other 1',
      'first 1',
    ]);
    const compared = ratios(results, target.client.server, 'https://other');
    expect(compared.map(({ figure }) => figure)).toContain('throughput');
    for (const { least, median, most } of compared) {
      expect(least).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(most);
    }
    expect(ratioTable(compared)[0]).toMatch(/^get, 32 at once +throughput +[\d.]+× +\([\d.]+–[\d.]+\)$/);
  }, 60_000);

  test('growth measures at each size', async () => {
    await prepare(target);
    const steps = await growth(target, [20, 60], () => undefined);
    expect(steps.map(({ objects, create }) => [objects, create.operations])).toEqual([
      [20, 20],
      [60, 40],
    ]);
    expect(steps.every(({ get, page }) => get.failures === 0 && page.failures === 0)).toBe(true);
    await cleanUp(target);
  }, 60_000);

  test('a soak keeps the state as large as it is and sees memory, lag and delay', async () => {
    await prepare({ ...target, namespace: 'bench-test-soak' });
    const load = { minutes: 0.05, perSecond: 400 };
    const report = await soak({ ...target, namespace: 'bench-test-soak' }, load, () => undefined);
    expect(report.load.failures, report.load.failure).toBe(0);
    expect(report.load.operations).toBeLessThanOrEqual(load.minutes * 60 * load.perSecond + 32);
    expect(report.samples.length).toBeGreaterThan(0);
    expect(report.samples[0]?.rssBytes).toBeGreaterThan(0);
    await cleanUp({ ...target, namespace: 'bench-test-soak' });
  }, 60_000);

  test('refusals are counted and the first one is told', async () => {
    const asked = await measure(target, { count: 5, concurrency: 2 }, () =>
      target.client.ask({ method: 'GET', path: '/api/v1/namespaces/default/configmaps/none' }),
    );
    expect(asked).toMatchObject({ operations: 0, failures: 5 });
    expect(asked.failure).toMatch(/^answered 404: .*not found/);
  });
});

describe('figures', () => {
  test('a percentile is a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_, at) => at + 1);
    expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
    expect(percentile([], 0.5)).toBe(0);
  });

  test('a slope is that of the line through the samples', () => {
    const sample = (atSeconds: number, rssBytes: number) => ({
      atSeconds,
      rssBytes,
      lagSeconds: undefined,
      eventLoopDelaySeconds: undefined,
    });
    expect(slopePerMinute([sample(0, 100), sample(60, 160), sample(120, 220)])).toBeCloseTo(60);
    expect(slopePerMinute([sample(0, 100), sample(60, 100)])).toBe(0);
    expect(slopePerMinute([sample(0, 100)])).toBeUndefined();
  });

  test('a round that failed at one server gives no ratio', () => {
    const measurement: Measurement = {
      operations: 10,
      failures: 0,
      seconds: 1,
      perSecond: 10,
      p50Ms: 1,
      p99Ms: 2,
      bytes: 0,
    };
    const result = (at: string, round: number, changes: Partial<Measurement> = {}): BenchResult => ({
      workload: 'get',
      concurrency: 1,
      server: at,
      round,
      measurement: { ...measurement, ...changes },
    });
    const results = [
      result('a', 0, { perSecond: 30 }),
      result('b', 0),
      result('a', 1, { perSecond: 90 }),
      result('b', 1, { failures: 9 }),
    ];
    expect(ratios(results, 'a', 'b').filter(({ figure }) => figure === 'throughput')).toEqual([
      { workload: 'get', figure: 'throughput', median: 3, least: 3, most: 3 },
    ]);
  });

  test.runIf(process.platform === 'linux')('a process that works has used CPU, one that is gone counts nothing', () => {
    const before = cpuMsOf(process.pid);
    const endMs = systemClock.monotonicMs() + 100;
    while (systemClock.monotonicMs() < endMs);
    expect(cpuMsOf(process.pid)).toBeGreaterThan(before);
    expect(cpuMsOf(2 ** 22 + 1)).toBe(0);
  });
});
