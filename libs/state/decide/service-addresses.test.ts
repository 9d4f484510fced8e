import { expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { accepted, refused, resourceNamed, testMachine, type TestMachine } from '../testing/machine.ts';

const service = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'x' }, ports: [{ port: 80 }], ...spec },
});
const range = (name: string, ...cidrs: readonly string[]): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name },
  spec: { cidrs },
});
const address = (name: string, parentRef: JsonObject): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: { name },
  spec: { parentRef },
});
const gateway = { group: 'gateway.networking.k8s.io', resource: 'gateways', name: 'g' };
const specOf = (object: KubeObject | undefined): JsonObject => object?.['spec'] as JsonObject;
const ipOf = (cluster: TestMachine, name: string): string =>
  specOf(cluster.get('services', name))['clusterIP'] as string;
const addresses = ({ machine }: TestMachine): readonly string[] =>
  machine.list(resourceNamed('ipaddresses'), undefined).map(({ key }) => key.name);

test('each cluster IP has an IPAddress, made and taken away in the transaction of its Service', async () => {
  await using cluster = await testMachine();
  const made = accepted(await cluster.create('services', service('a'))).object;
  const ip = ipOf(cluster, 'a');
  const standing = cluster.get('ipaddresses', ip);
  expect(standing).toMatchObject({
    metadata: {
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'a' } },
  });
  expect(standing?.metadata.uid).not.toBe(made.object().metadata.uid);
  // The next event of the same commit.
  expect(Number(standing?.metadata.resourceVersion)).toBe(made.revision + 1);
  const gone = accepted(await cluster.delete('services', 'a'));
  expect(addresses(cluster)).toEqual([ipOf(cluster, 'kubernetes')]);
  expect(cluster.machine.revision(resourceNamed('services'))).toBe(gone.object.revision + 1);
});

test('a change of type gives the address back and takes one again; a dry run and other updates do neither', async () => {
  await using cluster = await testMachine();
  const own = ipOf(cluster, 'kubernetes');
  accepted(await cluster.create('services', service('dry'), { dryRun: true }));
  accepted(await cluster.create('services', service('headless', { clusterIP: 'None' })));
  expect(addresses(cluster)).toEqual([own]);
  accepted(await cluster.create('services', service('a')));
  const before = cluster.get('ipaddresses', ipOf(cluster, 'a'));
  accepted(await cluster.patch('services', 'a', { spec: { sessionAffinity: 'ClientIP' } }));
  expect(cluster.get('ipaddresses', ipOf(cluster, 'a'))).toEqual(before);
  accepted(await cluster.patch('services', 'a', { spec: { type: 'ExternalName', externalName: 'x.example' } }));
  expect(addresses(cluster)).toEqual([own]);
  accepted(await cluster.patch('services', 'a', { spec: { type: 'ClusterIP', externalName: null } }));
  expect(addresses(cluster)).toContain(ipOf(cluster, 'a'));
});

test('a Service kept by a finalizer keeps its address until the last one is taken off; a collection gives all back', async () => {
  await using cluster = await testMachine();
  const kept = { ...service('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } };
  accepted(await cluster.create('services', kept));
  const ip = ipOf(cluster, 'a');
  accepted(await cluster.delete('services', 'a'));
  expect(addresses(cluster)).toContain(ip);
  accepted(await cluster.patch('services', 'a', { metadata: { finalizers: null } }));
  expect(addresses(cluster)).not.toContain(ip);

  for (const name of ['b', 'c', 'd']) accepted(await cluster.create('services', service(name)));
  expect(addresses(cluster)).toHaveLength(4);
  const target = { definition: resourceNamed('services'), namespace: 'default', name: '', subresource: '' };
  const selection = { labels: [], fields: [] };
  accepted(await cluster.submit({ type: 'delete-collection', target, selection, options: {} }));
  expect(addresses(cluster)).toEqual([]);
});

test('an IPAddress that a user made blocks the address, and stays when nobody named it', async () => {
  await using cluster = await testMachine({ serviceCidr: '10.0.0.0/30' });
  accepted(await cluster.create('ipaddresses', address('10.0.0.2', gateway)));
  expect(refused(await cluster.create('services', service('a', { clusterIP: '10.0.0.2' }))).message).toContain(
    'failed to allocate IP 10.0.0.2: provided IP is already allocated',
  );
  expect(refused(await cluster.create('services', service('a'))).message).toContain('range is full');
  accepted(await cluster.delete('ipaddresses', '10.0.0.2'));
  accepted(await cluster.create('services', service('a')));
  // Somebody replaces what stands for it: the Service goes, and leaves alone what is not its own.
  accepted(await cluster.delete('ipaddresses', '10.0.0.2'));
  accepted(await cluster.create('ipaddresses', address('10.0.0.2', gateway)));
  accepted(await cluster.delete('services', 'a'));
  expect(addresses(cluster)).toContain('10.0.0.2');
});

test('an address is never given twice, though its IPAddress was deleted', async () => {
  await using cluster = await testMachine({ serviceCidr: '10.0.0.0/30' });
  accepted(await cluster.create('services', service('a')));
  accepted(await cluster.delete('ipaddresses', ipOf(cluster, 'a')));
  expect(refused(await cluster.create('services', service('b'))).message).toContain('range is full');
});

test('further ranges are used when the first is full, until they are not ready or are to go', async () => {
  await using cluster = await testMachine({ serviceCidr: '10.0.0.0/30' });
  accepted(await cluster.create('servicecidrs', range('more', '10.1.0.0/29', 'fd00::/112')));
  const made = async (name: string): Promise<string> => {
    accepted(await cluster.create('services', service(name)));
    return ipOf(cluster, name);
  };
  expect(await made('a')).toBe('10.0.0.2');
  expect(await made('b')).toMatch(/^10\.1\.0\.[1-6]$/);
  const asked = async (ip: string): Promise<string> =>
    refused(await cluster.create('services', service('c', { clusterIP: ip }))).message;
  for (const ip of ['10.1.0.0', '10.1.0.7', '10.2.0.1']) {
    expect(await asked(ip)).toContain('the provided network does not match the current range');
  }
  const condition = (status: string): JsonObject => ({
    type: 'Ready',
    status,
    reason: 'Test',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const say = async (status: string): Promise<void> => {
    const change = { status: { conditions: [condition(status)] } };
    accepted(await cluster.patch('servicecidrs', 'more', change, { subresource: 'status' }));
  };
  await say('False');
  expect(refused(await cluster.create('services', service('c'))).message).toContain('range is full');
  await say('True');
  expect(await made('c')).toMatch(/^10\.1\./);
  accepted(await cluster.delete('servicecidrs', 'more'));
  expect(cluster.get('servicecidrs', 'more')?.metadata).toMatchObject({
    finalizers: ['networking.k8s.io/service-cidr-finalizer'],
    deletionTimestamp: expect.any(String),
  });
  expect(refused(await cluster.create('services', service('d'))).message).toContain('range is full');
  // What has its address keeps it.
  accepted(await cluster.patch('services', 'b', { spec: { sessionAffinity: 'ClientIP' } }));
});

test('the first range is made with its finalizer and ready', async () => {
  await using cluster = await testMachine();
  expect(cluster.get('servicecidrs', 'kubernetes')).toMatchObject({
    metadata: { finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
    spec: { cidrs: ['10.96.0.0/16'] },
    status: {
      conditions: [{ type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready' }],
    },
  });
  expect(addresses(cluster)).toEqual(['10.96.0.1']);
});
