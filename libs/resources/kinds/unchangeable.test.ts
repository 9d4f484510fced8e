import { expect, test } from 'vitest';
import { assert } from '@taffrail/platform/assert';
import type { JsonObject, MutableJsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { allResources } from '../registry.ts';

/** What the rules say to an update from one object to another, as `field: message`. */
function faults(resource: string, before: JsonObject, after: JsonObject): readonly string[] {
  const rules = allResources().find((definition) => definition.resource === resource)?.rules;
  assert(rules !== undefined, `no resource ${resource}`);
  const metadata = { name: resource === 'ipaddresses' ? '10.9.0.1' : 'a', namespace: 'ns', uid: 'u' };
  const [previous, next] = [before, after].map((object) => {
    const whole = structuredClone({ metadata, ...object }) as unknown as MutableJsonObject;
    rules.applyDefaults(whole);
    return whole as unknown as KubeObject;
  });
  assert(previous !== undefined && next !== undefined, 'two objects');
  return rules
    .validateUpdate(next, previous, '')
    .map(({ field, message }) => `${field}: ${message.split(': ').at(-1)}`);
}

const IMMUTABLE = 'field is immutable';
const driver = (nodeID: string, more: JsonObject = {}): JsonObject => ({ name: 'd.example.com', nodeID, ...more });
const claim = (name: string): JsonObject => ({ devices: { requests: [{ name, exactly: { deviceClassName: 'c' } }] } });

test.each<[string, JsonObject, JsonObject, readonly string[]]>([
  [
    'ipaddresses',
    { spec: { parentRef: { resource: 'services', namespace: 'x', name: 'a' } } },
    { spec: { parentRef: { resource: 'services', namespace: 'x', name: 'b' } } },
    [`spec.parentRef: ${IMMUTABLE}`],
  ],
  [
    'servicecidrs',
    { spec: { cidrs: ['10.1.0.0/24'] } },
    { spec: { cidrs: ['10.2.0.0/24'] } },
    [`spec.cidrs: ${IMMUTABLE}`],
  ],
  ['servicecidrs', { spec: { cidrs: ['10.1.0.0/24'] } }, { spec: { cidrs: ['10.1.0.0/24', 'fd00::/112'] } }, []],
  [
    'csinodes',
    { spec: { drivers: [driver('n')] } },
    { spec: { drivers: [driver('m')] } },
    [`spec.drivers: ${IMMUTABLE}`],
  ],
  [
    'csinodes',
    { spec: { drivers: [driver('n')] } },
    { spec: { drivers: [driver('n', { allocatable: { count: 3 } })] } },
    [],
  ],
  ['csinodes', { spec: { drivers: [driver('n')] } }, { spec: { drivers: [] } }, []],
  [
    'volumeattributesclasses',
    { driverName: 'd', parameters: { a: 'b' } },
    { driverName: 'e', parameters: { a: 'c' } },
    ['driverName: updates to driverName are forbidden.', 'parameters: updates to parameters are forbidden.'],
  ],
  ['resourceclaims', { spec: claim('r') }, { spec: claim('q') }, [`spec: ${IMMUTABLE}`]],
  ['resourceclaimtemplates', { spec: { spec: claim('r') } }, { spec: { spec: claim('q') } }, [`spec: ${IMMUTABLE}`]],
])('%s keep what they were made with', (resource, before, after, expected) => {
  expect(faults(resource, before, after)).toEqual(expected);
});

test('a write of the status leaves labels and the like alone where a kind’s status stands alone, and takes them elsewhere', () => {
  const given = { labels: { from: 'a status' }, annotations: { a: 'b' }, finalizers: ['example.com/f'] };
  const taken = allResources()
    .filter(
      ({ group, subresources }) => group.endsWith('.k8s.io') && subresources.some(({ name }) => name === 'status'),
    )
    .filter(({ rules }) => {
      const metadata = { name: 'a', namespace: 'ns', labels: { kept: 'true' } };
      const next: MutableJsonObject = { metadata: { ...metadata, ...given }, status: {} };
      rules.prepareForUpdate(next, { metadata, status: {} } as unknown as KubeObject, 'status');
      const after = next['metadata'] as MutableJsonObject;
      const alone = JSON.stringify(after['labels']) === '{"kept":"true"}' && after['annotations'] === undefined;
      if (!alone) expect(after).toMatchObject(given);
      return !alone;
    });
  expect([...new Set(taken.map(({ resource }) => resource))].toSorted()).toEqual([
    'certificatesigningrequests',
    'ingresses',
    'servicecidrs',
  ]);
});
