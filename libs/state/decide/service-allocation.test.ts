import { expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { accepted, refused, testMachine } from '../testing/machine.ts';

const service = (name: string, spec: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'x' }, ports: [{ port: 80 }], ...spec },
});
const specOf = (object: KubeObject | undefined): JsonObject => object?.['spec'] as JsonObject;

test('every service gets a cluster IP of its own, and a deleted one gives it back', async () => {
  await using cluster = await testMachine({ serviceCidr: '10.0.0.0/29' });
  const addresses = new Set<unknown>([specOf(cluster.get('services', 'kubernetes'))['clusterIP']]);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const made = specOf(accepted(await cluster.create('services', service(name, {}))).object.object());
    expect(made).toMatchObject({
      clusterIPs: [made['clusterIP']],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    addresses.add(made['clusterIP']);
  }
  expect(addresses).toEqual(new Set([1, 2, 3, 4, 5, 6].map((last) => `10.0.0.${last}`)));
  expect(refused(await cluster.create('services', service('f', {})))).toMatchObject({
    code: 500,
    message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
  });
  const free = specOf(accepted(await cluster.delete('services', 'b')).object.object())['clusterIP'];
  expect(specOf(accepted(await cluster.create('services', service('f', {}))).object.object())['clusterIP']).toBe(free);
});

test('services created in one commit never share an address or a port', async () => {
  await using cluster = await testMachine();
  const asked = Array.from({ length: 40 }, async (_, index) =>
    accepted(await cluster.create('services', service(`s-${index}`, { type: 'NodePort' }))),
  );
  const specs = (await Promise.all(asked)).map((made) => specOf(made.object.object()));
  expect(new Set(specs.map((spec) => spec['clusterIP'])).size).toBe(40);
  expect(new Set(specs.map((spec) => (spec['ports'] as JsonObject[])[0]?.['nodePort'])).size).toBe(40);
});

test('an address that is asked for is given once and only from the range', async () => {
  await using cluster = await testMachine();
  accepted(await cluster.create('services', service('a', { clusterIP: '10.96.0.10' })));
  expect(refused(await cluster.create('services', service('b', { clusterIP: '10.96.0.10' })))).toMatchObject({
    code: 422,
    message:
      'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{"10.96.0.10"}: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  });
  expect(refused(await cluster.create('services', service('b', { clusterIP: '8.8.8.8' })))).toMatchObject({
    code: 422,
    message: expect.stringContaining(
      'failed to allocate IP 8.8.8.8: the provided network does not match the current range',
    ),
  });
});

test('headless and external services have no address', async () => {
  await using cluster = await testMachine();
  const headless = accepted(await cluster.create('services', service('h', { clusterIP: 'None' }))).object.object();
  expect(specOf(headless)).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
  const external = await cluster.create(
    'services',
    service('e', { type: 'ExternalName', externalName: 'db.example.com' }),
  );
  expect(specOf(accepted(external).object.object())).not.toHaveProperty('clusterIP');
});

test('node ports: the taken one and the one out of range are refused with the range', async () => {
  await using cluster = await testMachine();
  const nodePort = (name: string, port: number): JsonObject =>
    service(name, { type: 'NodePort', ports: [{ port: 80, nodePort: port }] });
  accepted(await cluster.create('services', nodePort('n', 30_997)));
  expect(refused(await cluster.create('services', nodePort('n2', 30_997)))).toMatchObject({
    message:
      'Service "n2" is invalid: spec.ports[0].nodePort: Invalid value: 30997: provided port is already allocated',
  });
  expect(refused(await cluster.create('services', nodePort('n2', 80)))).toMatchObject({
    message:
      'Service "n2" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  });
  accepted(await cluster.delete('services', 'n'));
  accepted(await cluster.create('services', nodePort('n2', 30_997)));
});

test('an update keeps address and node ports, and a change of type takes or gives them', async () => {
  await using cluster = await testMachine();
  const made = specOf(accepted(await cluster.create('services', service('a', {}))).object.object());
  const replaced = specOf(
    accepted(await cluster.update('services', service('a', { sessionAffinity: 'ClientIP' }))).object.object(),
  );
  expect(replaced['clusterIP']).toBe(made['clusterIP']);
  const toNodePort = specOf(
    accepted(await cluster.patch('services', 'a', { spec: { type: 'NodePort' } })).object.object(),
  );
  const given = (toNodePort['ports'] as JsonObject[])[0]?.['nodePort'] as number;
  expect(given).toBeGreaterThanOrEqual(30_000);
  const same = specOf(accepted(await cluster.update('services', service('a', { type: 'NodePort' }))).object.object());
  expect((same['ports'] as JsonObject[])[0]?.['nodePort']).toBe(given);
  const back = specOf(accepted(await cluster.patch('services', 'a', { spec: { type: 'ClusterIP' } })).object.object());
  expect((back['ports'] as JsonObject[])[0]).not.toHaveProperty('nodePort');
});

test.each<[what: string, spec: JsonObject, refusal: string]>([
  [
    'two stacks',
    { ipFamilyPolicy: 'RequireDualStack' },
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
  ],
  [
    'the other family',
    { ipFamilies: ['IPv6'] },
    'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  ],
  [
    'an address of the other family',
    { clusterIP: 'fd00::7' },
    'spec.clusterIPs[0]: Invalid value: []string{"fd00::7"}: IPv6 is not configured on this cluster',
  ],
  [
    'more families than its policy has',
    { ipFamilies: ['IPv4', 'IPv6'] },
    `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
  ],
])('a service that asks for %s is refused', async (_, spec, refusal) => {
  await using cluster = await testMachine();
  expect(refused(await cluster.create('services', service('a', spec))).message).toBe(
    `Service "a" is invalid: ${refusal}`,
  );
});

test('a service without addresses and selector has both families, and one that prefers two has the one there is', async () => {
  await using cluster = await testMachine();
  const made = async (name: string, spec: JsonObject): Promise<JsonObject> =>
    specOf(accepted(await cluster.create('services', service(name, spec))).object.object());
  expect(await made('open', { clusterIP: 'None', selector: {} })).toMatchObject({
    ipFamilyPolicy: 'RequireDualStack',
    ipFamilies: ['IPv4', 'IPv6'],
  });
  expect(
    await made('other', { clusterIP: 'None', selector: {}, ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }),
  ).toMatchObject({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] });
  expect(await made('prefers', { ipFamilyPolicy: 'PreferDualStack' })).toMatchObject({ ipFamilies: ['IPv4'] });
  accepted(await cluster.patch('services', 'open', { metadata: { labels: { a: 'b' } } }));
  expect(specOf(cluster.get('services', 'open'))).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'] });
});
