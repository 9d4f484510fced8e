import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { EndpointSlice, Service } from '@taffrail/resources/generated/types';
import { criRuntime } from '../runtime/cri/cri-runtime.ts';
import type { Runtime } from '../runtime/port.ts';
import { containerConfig, sandboxConfig } from '../runtime/runtime.suite.ts';
import type { ServiceView } from '../source/service-view.ts';
import { BUSYBOX, containerdMissing, startContainerd, type TestContainerd } from '../testing/containerd.ts';
import { proxyServices, tableName } from './service-proxy.ts';

const missing =
  containerdMissing() ?? (spawnSync('nft', ['--version']).status === 0 ? undefined : 'nft is not installed');
if (missing !== undefined) console.warn(`SKIPPED: Services over real pods: ${missing}`);

interface Server {
  readonly id: string;
  readonly ip: string;
}

describe.skipIf(missing !== undefined)('Services over real pods', () => {
  const range = `10.97.${randomInt(1, 250)}`;
  const [web, empty, unknown] = [`${range}.10`, `${range}.11`, `${range}.12`];
  const nodePort = randomInt(31_000, 32_000);
  let containerd: TestContainerd;
  let runtime: Runtime;
  let servers: readonly Server[];
  const sandboxes: string[] = [];
  const stop = new AbortController();
  let proxying: Promise<void>;
  let services: readonly Service[];
  let slices: readonly EndpointSlice[];
  let changed = (): void => undefined;

  async function serve(name: string): Promise<Server> {
    const under = { logRoot: `${containerd.directory}/logs`, cgroupRoot: containerd.cgroupRoot };
    const config = sandboxConfig(under, name);
    const sandboxId = await runtime.runSandbox(config);
    sandboxes.push(sandboxId);
    const script = `mkdir -p /w; echo ${name} >/w/index.html; exec httpd -f -p 8080 -h /w`;
    const id = await runtime.createContainer(sandboxId, containerConfig(config, 'main', BUSYBOX, script), config);
    await runtime.startContainer(id);
    return { id, ip: (await runtime.sandboxStatus(sandboxId))?.ips[0] ?? '' };
  }
  const slice = (...of: readonly Server[]): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: of.map(({ ip }) => ({ addresses: [ip], nodeName: 'n1', conditions: { ready: true } })),
  });
  const service = (name: string, clusterIP: string, spec: Service['spec'] = {}): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { clusterIP, ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  });
  const ask = async (from: Server, address: string): Promise<string> => {
    const script = `timeout 3 wget -qO- http://${address}/ 2>&1 || echo failed`;
    return (await runtime.exec(from.id, ['sh', '-c', script], 10)).stdout.toString().trim();
  };
  const loaded = async (): Promise<void> => {
    changed();
    await systemClock.sleep(400);
  };

  beforeAll(async () => {
    containerd = await startContainerd();
    runtime = criRuntime(containerd.socketPath, systemClock, silentLogger);
    servers = await Promise.all([serve('one'), serve('two')]);
    services = [
      service('web', web, { type: 'NodePort', ports: [{ port: 80, nodePort, protocol: 'TCP' }] }),
      service('empty', empty),
    ];
    slices = [slice(...servers)];
    const view: ServiceView = {
      services: () => services,
      slices: () => slices,
      synced: true,
      onChange: (listener) => (changed = listener),
      forEnvironment: () => Promise.resolve([]),
      run: () => Promise.resolve(),
    };
    proxying = proxyServices(
      {
        view,
        nodeName: 'n1',
        dataDirectory: containerd.directory,
        podCidr: containerd.podCidr,
        serviceCidr: `${range}.0/24`,
        clock: systemClock,
        random: seededRandom(1),
        logger: silentLogger,
      },
      stop.signal,
    );
    await loaded();
  });
  afterAll(async () => {
    stop.abort();
    await proxying;
    for (const id of sandboxes) {
      await runtime.stopSandbox(id);
      await runtime.removeSandbox(id);
    }
    runtime.close();
    await containerd.stop();
    const tables = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' }).stdout;
    expect(tables).not.toContain(tableName(containerd.directory));
  });

  test('a pod reaches every backend through the address, itself too', async () => {
    const [one] = servers;
    const seen = new Set<string>();
    for (let attempt = 0; attempt < 20; attempt++) seen.add(await ask(one!, web));
    expect([...seen].sort()).toEqual(['one', 'two']);
  });

  test('the node reaches it by the address and by the node port', async () => {
    expect(await (await fetch(`http://${web}/`)).text()).toMatch(/^(one|two)\n$/);
    const gateway = containerd.podCidr.replace('.0/24', '.1');
    expect(await (await fetch(`http://${gateway}:${nodePort}/`)).text()).toMatch(/^(one|two)\n$/);
  });

  test('an address without endpoints, and one nobody has, are refused at once, from pod and node', async () => {
    for (const address of [empty, unknown]) {
      const startMs = systemClock.monotonicMs();
      expect(await ask(servers[0]!, address)).toContain('Connection refused');
      await expect(dial(address)).resolves.toBe('ECONNREFUSED');
      expect(systemClock.monotonicMs() - startMs).toBeLessThan(1000);
    }
  });

  test('a backend that goes gets no more, and with the last one the address is refused', async () => {
    slices = [slice(servers[1]!)];
    await loaded();
    for (let attempt = 0; attempt < 8; attempt++) expect(await ask(servers[0]!, web)).toBe('two');
    slices = [slice()];
    await loaded();
    expect(await ask(servers[0]!, web)).toContain('Connection refused');
    slices = [slice(...servers)];
    await loaded();
  });

  test('a client stays with its backend', async () => {
    services = [service('web', web, { sessionAffinity: 'ClientIP' })];
    await loaded();
    const first = await ask(servers[0]!, web);
    for (let attempt = 0; attempt < 8; attempt++) expect(await ask(servers[0]!, web)).toBe(first);
  });
});

function dial(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 80, timeout: 3000 });
    socket.once('connect', () => resolve('connected'));
    socket.once('timeout', () => resolve('timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
  });
}
