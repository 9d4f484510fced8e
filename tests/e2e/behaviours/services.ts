import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const ports = [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }];
const SLICES = '/apis/discovery.k8s.io/v1';

interface EndpointsRead {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string; readonly targetRef?: { readonly name: string } }[];
    readonly notReadyAddresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
  }[];
}
const subsetsOf = (read: Read): NonNullable<EndpointsRead['subsets']> =>
  (read as unknown as EndpointsRead).subsets ?? [];

interface SliceRead {
  readonly addressType: string;
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready?: boolean };
    readonly targetRef?: { readonly name: string };
  }[];
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[] | null;
}
const slicesOf = ({ items }: Read): readonly (SliceRead & Read)[] => items as unknown as readonly (SliceRead & Read)[];

export function services(api: () => Api): void {
  const room = async (
    about: string,
  ): Promise<{ readonly core: string; readonly slices: string; readonly name: string }> => {
    const name = await api().namespace(about);
    return { name, core: `/api/v1/namespaces/${name}`, slices: `${SLICES}/namespaces/${name}/endpointslices` };
  };

  describe.concurrent('a service', () => {
    test('lives: made, its status patched and replaced, patched, deleted; each change is seen', async () => {
      const { core } = await room('service');
      const all = `${core}/services`;
      const mine = 'labelSelector=test-service-static%3Dtrue';
      const { resourceVersion } = (await api().get(`/api/v1/services?${mine}`)).metadata;
      await api().create(all, {
        metadata: { name: 'one', labels: { 'test-service-static': 'true' } },
        spec: { type: 'LoadBalancer', ports },
      });
      const watch = api().watch(`${all}?${mine}&resourceVersion=${resourceVersion}`);
      const added = await watch.next('the addition', ({ type }) => type === 'ADDED');
      expect(added.object.spec).toMatchObject({ ports: [{ ...ports[0], nodePort: expect.any(Number) }] });
      const ingress = [{ ip: '203.0.113.1' }];
      const patched = await api().patch(`${all}/one/status`, 'merge', {
        metadata: { annotations: { patchedstatus: 'true' } },
        status: { loadBalancer: { ingress } },
      });
      expect(patched.status).toMatchObject({ loadBalancer: { ingress: [{ ip: '203.0.113.1', ipMode: 'VIP' }] } });
      await watch.next('the status', ({ object }) => object.metadata.annotations?.['patchedstatus'] === 'true');
      const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from a test' };
      await api().update(
        `${all}/one`,
        (read) => ({
          ...read,
          status: { ...read.status, conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
        }),
        'status',
      );
      const updated = await watch.next('the condition', ({ object }) => object.status['conditions'] !== undefined);
      expect(updated.object.status).toMatchObject({ conditions: [condition], loadBalancer: { ingress } });
      await api().patch(`${all}/one`, 'strategic', { metadata: { labels: { 'test-service': 'patched' } } });
      await watch.next('the label', ({ object }) => object.metadata.labels?.['test-service'] === 'patched');
      await api().remove(`${all}/one`);
      await watch.next('the deletion', ({ type }) => type === 'DELETED');
      watch.close();
    });

    test('changes its type there and back, and keeps or gives back what belongs to it', async () => {
      const { core } = await room('types');
      const path = `${core}/services/one`;
      const change = async (spec: Readonly<Record<string, unknown>>): Promise<Read> =>
        await api().update(path, (read) => ({ ...read, spec: { ...read.spec, ...spec } }));
      await api().create(`${core}/services`, {
        metadata: { name: 'one' },
        spec: { type: 'ExternalName', externalName: 'foo.example.com' },
      });
      const cluster = await change({ type: 'ClusterIP', externalName: '', ports });
      expect(cluster.spec['clusterIP']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(cluster.spec['externalName']).toBeUndefined();
      const node = await change({ type: 'NodePort' });
      const [port] = node.spec['ports'] as readonly { readonly nodePort: number }[];
      expect(port?.nodePort).toBeGreaterThanOrEqual(30_000);
      expect(node.spec['clusterIP']).toBe(cluster.spec['clusterIP']);
      const external = await change({ type: 'ExternalName', externalName: 'foo.example.com' });
      expect(external.spec['clusterIP']).toBeUndefined();
      expect(external.spec).toMatchObject({ externalName: 'foo.example.com' });
      const affine = await change({ type: 'ClusterIP', externalName: '', ports, sessionAffinity: 'ClientIP' });
      expect(affine.spec).toMatchObject({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } });
      expect((await change({ sessionAffinity: 'None' })).spec['sessionAffinityConfig']).toBeUndefined();
    });

    test('is found among all namespaces, and deleted with its collection', async () => {
      const { core, name } = await room('collection');
      const labels = { testservice: api().run };
      for (const service of ['one', 'two']) {
        await api().create(`${core}/services`, { metadata: { name: service, labels }, spec: { ports } });
      }
      await api().create(`${core}/services`, { metadata: { name: 'three' }, spec: { ports } });
      const found = await api().get('/api/v1/services');
      expect(found.items.filter(({ metadata }) => metadata.namespace === name)).toHaveLength(3);
      await api().remove(`${core}/services?labelSelector=testservice%3D${api().run}`);
      const left = await api().get(`${core}/services`);
      expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['three']);
    });

    test('of the cluster itself leads to the API servers, through endpoints and slices', async () => {
      const service = await api().get('/api/v1/namespaces/default/services/kubernetes');
      expect(service.spec).toMatchObject({ ports: [{ name: 'https', port: 443 }] });
      const [subset] = subsetsOf(await api().get('/api/v1/namespaces/default/endpoints/kubernetes'));
      expect(subset?.addresses?.length).toBeGreaterThan(0);
      const selected = 'labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';
      const slices = slicesOf(await api().get(`${SLICES}/namespaces/default/endpointslices?${selected}`));
      expect(slices).toHaveLength(1);
      expect(slices[0]?.endpoints.flatMap(({ addresses }) => addresses)).toEqual(
        subset?.addresses?.map(({ ip }) => ip),
      );
      expect(slices[0]?.ports?.map(({ port }) => port)).toEqual(subset?.ports?.map(({ port }) => port));
    });

    test('has endpoints and slices from the start, though nothing matches, and takes them with it', async () => {
      const { core, slices } = await room('empty');
      const created = await api().create(`${core}/services`, {
        metadata: { name: 'one' },
        spec: { selector: { 'does-not': 'match' }, ports: [{ name: 'https', port: 443 }] },
      });
      await api().until('endpoints', `${core}/endpoints/one`, () => true);
      const made = await api().until('a slice', slices, ({ items }) => items.length === 1);
      expect(made.items[0]).toMatchObject({
        metadata: {
          labels: {
            'kubernetes.io/service-name': 'one',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
          ownerReferences: [{ kind: 'Service', name: 'one', uid: created.metadata.uid, controller: true }],
        },
      });
      await api().remove(`${core}/services/one`);
      await api().gone(`${core}/endpoints/one`);
      await api().until('no slice', slices, ({ items }) => items.length === 0);
    });

    test('leads to the pods it selects, by their ports’ names, several ports and protocols at once', async () => {
      const { core, slices } = await room('matching');
      const pod = (name: string, labels: object, port: number): object => ({
        metadata: { name, labels: { foo: 'bar', ...labels } },
        spec: {
          containers: [
            {
              name: 'c',
              image: 'registry.k8s.io/pause:3.10',
              ports: [
                { name: 'example-name', containerPort: port, protocol: 'TCP' },
                { name: 'example-udp', containerPort: port, protocol: 'UDP' },
              ],
            },
          ],
        },
      });
      await api().create(`${core}/pods`, pod('one', { first: 'true' }, 3000));
      await api().create(`${core}/pods`, pod('two', { second: 'true' }, 3001));
      const named = [
        { name: 'portname1', port: 80, targetPort: 'example-name' },
        { name: 'portname2', port: 80, protocol: 'UDP', targetPort: 'example-udp' },
      ];
      await api().create(`${core}/services`, {
        metadata: { name: 'both' },
        spec: { selector: { foo: 'bar' }, ports: named },
      });
      await api().create(`${core}/services`, {
        metadata: { name: 'early' },
        spec: { selector: { second: 'true' }, ports, clusterIP: 'None', publishNotReadyAddresses: true },
      });
      const both = await api().until(
        'two subsets',
        `${core}/endpoints/both`,
        (read) => subsetsOf(read).flatMap(({ addresses = [] }) => addresses).length === 2,
      );
      const portsOf = (at: number): readonly string[] =>
        (subsetsOf(both)[at]?.ports ?? []).map(({ name, port, protocol }) => `${name} ${port} ${protocol}`);
      expect([...portsOf(0), ...portsOf(1)].toSorted()).toEqual([
        'portname1 3000 TCP',
        'portname1 3001 TCP',
        'portname2 3000 UDP',
        'portname2 3001 UDP',
      ]);
      const ofBoth = `${slices}?labelSelector=kubernetes.io%2Fservice-name%3Dboth`;
      const found = await api().until(
        'two endpoints',
        ofBoth,
        (list) => slicesOf(list).flatMap(({ endpoints }) => endpoints ?? []).length === 2,
      );
      expect(
        slicesOf(found)
          .flatMap(({ endpoints }) => endpoints.map(({ targetRef }) => targetRef?.name ?? ''))
          .toSorted(),
      ).toEqual(['one', 'two']);
      const early = await api().until('an address', `${core}/endpoints/early`, (read) => subsetsOf(read).length === 1);
      expect(subsetsOf(early)[0]?.addresses?.[0]?.targetRef?.name).toBe('two');
      await api().remove(`${core}/pods/one?gracePeriodSeconds=0`);
      await api().until(
        'one endpoint',
        ofBoth,
        (list) => slicesOf(list).flatMap(({ endpoints }) => endpoints ?? []).length === 1,
      );
    });
  });

  describe.concurrent('endpoints', () => {
    test('live: made, replaced, patched, deleted with their collection; each change is seen', async () => {
      const { core } = await room('endpoints');
      const all = `${core}/endpoints`;
      const mine = 'labelSelector=test-endpoint-static%3Dtrue';
      const watch = api().watch(`${all}?${mine}`);
      await api().create(all, {
        metadata: { name: 'one', labels: { 'test-endpoint-static': 'true' } },
        subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }],
      });
      await watch.next('the addition', ({ type }) => type === 'ADDED');
      await api().update(`${all}/one`, (read) => ({
        ...read,
        metadata: { ...read.metadata, labels: { ...read.metadata.labels, 'test-service': 'updated' } },
      }));
      await watch.next('the update', ({ type }) => type === 'MODIFIED');
      const patched = await api().patch(`${all}/one`, 'strategic', {
        metadata: { labels: { 'test-service': 'patched' } },
        subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }],
      });
      expect(subsetsOf(patched)).toEqual([
        { addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] },
      ]);
      await watch.next('the patch', ({ object }) => object.metadata.labels?.['test-service'] === 'patched');
      await api().remove(`${all}?${mine}`);
      await watch.next('the deletion', ({ type }) => type === 'DELETED');
      await api().refused('NotFound', 'GET', `${all}/one`);
      watch.close();
    });

    test('of a service that selects nothing are mirrored as slices, changed and deleted with them', async () => {
      const { core, slices } = await room('mirror');
      await api().create(`${core}/services`, { metadata: { name: 'one' }, spec: { ports } });
      await api().create(`${core}/endpoints`, {
        metadata: { name: 'one' },
        subsets: [{ ports: [{ port: 80 }], addresses: [{ ip: '10.1.2.3' }] }],
      });
      const selected = `${slices}?labelSelector=kubernetes.io%2Fservice-name%3Done`;
      const reads =
        (ip: string, port: number) =>
        (list: Read): boolean => {
          const [slice] = slicesOf(list);
          return slice?.ports?.[0]?.port === port && slice.endpoints[0]?.addresses[0] === ip;
        };
      const made = await api().until('a slice', selected, reads('10.1.2.3', 80));
      expect(made.items[0]?.metadata.labels).toMatchObject({
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      });
      expect(slicesOf(made)[0]?.endpoints[0]?.conditions.ready).toBe(true);
      await api().update(`${core}/endpoints/one`, (read) => ({
        ...read,
        subsets: [{ ports: [{ port: 81 }], addresses: [{ ip: '10.2.3.4' }] }],
      }));
      await api().until('the change', selected, reads('10.2.3.4', 81));
      await api().remove(`${core}/endpoints/one`);
      await api().until('none', selected, ({ items }) => items.length === 0);
    });
  });
}
