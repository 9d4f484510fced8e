import { expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { eventRules } from './rules.ts';

function faults(namespace: string, more: MutableJsonObject): readonly string[] {
  const object: MutableJsonObject = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace }, ...more };
  eventRules.applyDefaults(object);
  return eventRules.validateCreate(object as KubeObject).map((error) => `${error.field}: ${error.message}`);
}

const mismatch = (about: string): string =>
  `involvedObject.namespace: Invalid value: "${about}": does not match event.namespace`;

test('an event lives where its object lives, one about the cluster in default', () => {
  expect(faults('a', { involvedObject: { namespace: 'a' } })).toEqual([]);
  expect(faults('a', { involvedObject: { namespace: 'b' } })).toEqual([mismatch('b')]);
  expect(faults('default', { involvedObject: { kind: 'Node', name: 'n' } })).toEqual([]);
  expect(faults('a', { involvedObject: { kind: 'Node', name: 'n' } })).toEqual([mismatch('')]);
});

test('an event with an exact time says who acted and how', () => {
  const exact = { eventTime: '2026-11-21T09:00:00.000000Z', involvedObject: { namespace: 'a' } };
  expect(
    faults('a', { ...exact, reportingComponent: 'x.io/y', reportingInstance: 'y-1', action: 'Did', reason: 'R' }),
  ).toEqual([]);
  expect(faults('a', exact)).toContain('action: Required value');
  expect(faults('a', exact)).toContain('reportingComponent: Required value');
});

test('an event can be selected by what it is about', () => {
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'p', uid: '1' },
    source: { component: 'kubelet' },
    type: 'Normal',
  };
  expect(eventRules.selectableFields(event)).toMatchObject({
    'involvedObject.name': 'p',
    'involvedObject.uid': '1',
    source: 'kubelet',
    type: 'Normal',
  });
});
