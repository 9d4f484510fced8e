import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import type { Outcome } from '../outcome.ts';
import { accepted, pod, refused, testMachine, type TestMachine } from '../testing/machine.ts';

const sized = (requests: JsonObject, limits: JsonObject = {}): JsonObject => ({
  containers: [{ name: 'c', image: 'app:v1', resources: { requests, limits } }],
});

async function withPod(spec: JsonObject = {}): Promise<TestMachine> {
  const cluster = await testMachine();
  accepted(await cluster.create('pods', pod('p', spec)));
  return cluster;
}

/** The pod with other members of its spec. */
function changed(cluster: TestMachine, spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  const present = cluster.get('pods', 'p') as JsonObject;
  return {
    ...present,
    metadata: { ...(present['metadata'] as JsonObject), ...metadata },
    spec: { ...(present['spec'] as JsonObject), ...spec },
  };
}

describe('ephemeral containers', () => {
  const debug = (name: string, image = 'debug:v1'): JsonObject => ({ name, image });
  const write = async (cluster: TestMachine, ...ephemeralContainers: readonly JsonObject[]): Promise<Outcome> =>
    await cluster.update('pods', changed(cluster, { ephemeralContainers }), { subresource: 'ephemeralcontainers' });

  test('are added, and nothing else of the pod is changed that way', async () => {
    await using cluster = await withPod();
    const object = changed(cluster, { ephemeralContainers: [debug('d')], nodeName: 'n' }, { labels: { a: 'b' } });
    accepted(await cluster.update('pods', object, { subresource: 'ephemeralcontainers' }));
    const made = cluster.get('pods', 'p');
    expect(made).toMatchObject({ spec: { ephemeralContainers: [{ name: 'd', terminationMessagePolicy: 'File' }] } });
    expect(made?.metadata.labels).toBeUndefined();
    expect(made).not.toHaveProperty('spec.nodeName');
  });
  test('stay as they are once they are there', async () => {
    await using cluster = await withPod();
    accepted(await write(cluster, debug('d')));
    expect(refused(await write(cluster)).message).toContain(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be removed',
    );
    expect(refused(await write(cluster, debug('d', 'other:v1'))).message).toContain(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be changed',
    );
    const present = changed(cluster, {})['spec'] as { readonly ephemeralContainers: readonly JsonObject[] };
    accepted(await write(cluster, ...present.ephemeralContainers, debug('e')));
  });
  test('share their names with no other container, and are not the way of an ordinary update', async () => {
    await using cluster = await withPod();
    expect(refused(await write(cluster, debug('c'))).message).toContain('Duplicate value: "c"');
    expect(refused(await cluster.update('pods', changed(cluster, { ephemeralContainers: [debug('d')] }))).code).toBe(
      422,
    );
  });
});

describe('resize', () => {
  const resize = async (cluster: TestMachine, spec: JsonObject): Promise<Outcome> =>
    await cluster.update('pods', changed(cluster, spec), { subresource: 'resize' });

  test('changes CPU and memory and leaves the rest alone', async () => {
    await using cluster = await withPod(sized({ cpu: '100m' }));
    const object = changed(
      cluster,
      { ...sized({ cpu: '200m', memory: '64Mi' }), nodeName: 'n' },
      { labels: { a: 'b' } },
    );
    accepted(await cluster.update('pods', object, { subresource: 'resize' }));
    expect(cluster.get('pods', 'p')).toMatchObject({
      spec: { containers: [{ resources: { requests: { cpu: '200m', memory: '64Mi' } } }] },
    });
    expect(cluster.get('pods', 'p')?.metadata.labels).toBeUndefined();
  });
  test.each([
    [
      'a removed request',
      sized({}),
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    ],
    [
      'another class',
      sized({ cpu: '100m', memory: '1Mi' }, { cpu: '100m', memory: '1Mi' }),
      'Pod QOS Class may not change as a result of resizing',
    ],
    [
      'another resource',
      sized({ cpu: '100m', 'ephemeral-storage': '1Gi' }),
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
    [
      'another name',
      { containers: [{ name: 'd', image: 'app:v1' }] },
      'spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize',
    ],
    ['a request above its limit', sized({ cpu: '2' }, { cpu: '1' }), 'must be less than or equal to cpu limit of 1'],
  ])('refuses %s', async (_what, spec, message) => {
    await using cluster = await withPod(sized({ cpu: '100m' }));
    expect(refused(await resize(cluster, spec)).message).toContain(message);
  });
  test('is charged to quotas and held against limit ranges', async () => {
    await using cluster = await withPod(sized({ cpu: '100m' }));
    accepted(
      await cluster.create('resourcequotas', { metadata: { name: 'q' }, spec: { hard: { 'requests.cpu': '500m' } } }),
    );
    expect(refused(await resize(cluster, sized({ cpu: '600m' }))).message).toContain(
      'exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=100m, limited: requests.cpu=500m',
    );
    accepted(await resize(cluster, sized({ cpu: '400m' })));
    expect(cluster.get('resourcequotas', 'q')).toMatchObject({ status: { used: { 'requests.cpu': '400m' } } });
    const limits = [{ type: 'Container', min: { cpu: '300m' } }];
    accepted(await cluster.create('limitranges', { metadata: { name: 'l' }, spec: { limits } }));
    expect(refused(await resize(cluster, sized({ cpu: '200m' }))).message).toBe(
      'pods "p" is forbidden: minimum cpu usage per Container is 300m, but request is 200m',
    );
  });
});
