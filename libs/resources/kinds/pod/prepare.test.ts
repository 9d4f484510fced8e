import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assert } from '@taffrail/platform/assert';
import type { MutableJson, MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { findResource } from '../../registry.ts';
import { arbitraryObject } from '../../wire/testing/arbitrary.ts';
import { type Changes, change, created } from '../testing/changed-objects.ts';

const pods = findResource('', 'v1', 'pods');
assert(pods !== undefined, 'no pods');
const { rules } = pods;

function newPod(changes: Changes): MutableJsonObject {
  assert(pods !== undefined, 'no pods');
  return created(pods, changes);
}

/** A pod after a change through a subresource, as it is stored. */
function updated(before: MutableJsonObject, changes: Changes, subresource: string): MutableJsonObject {
  const next = structuredClone(before);
  change(next, changes);
  rules.applyDefaults(next);
  rules.prepareForUpdate(next, before as KubeObject, subresource);
  return next;
}

/** What stands at a path; names of maps may hold no dots. */
function at(object: MutableJsonObject, place: string): MutableJson | undefined {
  let value: MutableJson | undefined = object;
  for (const name of place.replaceAll(/\[(\d+)\]/g, '.$1').split('.')) value = (value as MutableJsonObject)[name];
  return value;
}

test('keys of labels become requirements of the selector, with the value the new pod has', () => {
  const term = { topologyKey: 'z', labelSelector: {}, matchLabelKeys: ['a', 'missing'], mismatchLabelKeys: ['b'] };
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const constraint = { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['a'] };
  const pod = newPod({
    'metadata.labels': { a: '1', b: '2' },
    'spec.affinity': { podAffinity: { [required]: [term] } },
    'spec.topologySpreadConstraints': [{ ...constraint, labelSelector: {} }, constraint],
  });
  expect(at(pod, `spec.affinity.podAffinity.${required}[0].labelSelector.matchExpressions`)).toEqual([
    { key: 'a', operator: 'In', values: ['1'] },
    { key: 'b', operator: 'NotIn', values: ['2'] },
  ]);
  expect(at(pod, 'spec.topologySpreadConstraints[0].labelSelector.matchExpressions')).toHaveLength(1);
  expect(at(pod, 'spec.topologySpreadConstraints[1].labelSelector')).toBeUndefined();
});

test.each([
  ['unconfined', { type: 'Unconfined' }],
  ['runtime/default', { type: 'RuntimeDefault' }],
  ['localhost/mine', { type: 'Localhost', localhostProfile: 'mine' }],
  ['localhost/', undefined],
])('the AppArmor annotation %s is the profile %j of its container', (text, profile) => {
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/app': text };
  expect(newPod({ 'metadata.annotations': annotations })['spec']).toMatchObject({
    containers: [profile === undefined ? {} : { securityContext: { appArmorProfile: profile } }],
  });
  const windows = newPod({ 'metadata.annotations': annotations, 'spec.os': { name: 'windows' } });
  expect(at(windows, 'spec.containers[0].securityContext')).toBeUndefined();
});

test('requests of a pod follow from its limits, or from what its containers ask for', () => {
  const own = { requests: { cpu: '1' } };
  const second = { name: 'b', image: 'b', resources: { requests: { cpu: '500m' } } };
  const pod = newPod({
    'spec.containers[0].resources': own,
    'spec.containers[1]': second,
    'spec.resources': { limits: { cpu: '4', memory: '8Mi' } },
  });
  expect(at(pod, 'spec.resources.requests')).toEqual({ cpu: '1500m', memory: '8Mi' });
});

test('a report that leaves out what older agents do not know takes nothing away', () => {
  const before = newPod({ 'spec.resourceClaims': [{ name: 'c', resourceClaimName: 'x' }] });
  before['status'] = {
    phase: 'Pending',
    qosClass: 'BestEffort',
    observedGeneration: 2,
    resourceClaimStatuses: [{ name: 'c' }],
    conditions: [{ type: 'Ready', status: 'False', observedGeneration: 2 }],
  };
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const next = updated(before, { status, 'spec.nodeName': 'n' }, 'status');
  expect(next['spec']).toEqual(before['spec']);
  expect(next).toMatchObject({
    ...before,
    status: {
      phase: 'Running',
      qosClass: 'BestEffort',
      observedGeneration: 2,
      resourceClaimStatuses: [{ name: 'c' }],
      conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }],
    },
  });
});

test('a resize takes resources and how they change from the client, and nothing else', () => {
  const before = newPod({ 'spec.containers[0].resources': { requests: { cpu: '1' } } });
  const changes = { 'spec.containers[0].resources': { requests: { cpu: '2' } }, 'spec.containers[0].image': 'z' };
  const next = updated(before, { ...changes, 'spec.nodeName': 'n', 'metadata.labels': { a: 'b' } }, 'resize');
  const expected = structuredClone(before);
  change(expected, { 'spec.containers[0].resources': { requests: { cpu: '2' } } });
  expect(next).toEqual(expected);
});

const arbitraryPod = fc.record({
  spec: arbitraryObject('io.k8s.api.core.v1.PodSpec'),
  status: arbitraryObject('io.k8s.api.core.v1.PodStatus'),
});

test('whatever a pod says, checking it comes to an end, and what was wrong before is no reason to refuse', () => {
  fc.assert(
    fc.property(arbitraryPod, ({ spec, status }) => {
      const pod = structuredClone({
        metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '1' },
        spec,
      }) as unknown as MutableJsonObject;
      rules.applyDefaults(pod);
      rules.prepareForCreate(pod);
      rules.validateCreate(pod as KubeObject);
      rules.warnings(pod as KubeObject);
      pod['status'] = { ...structuredClone(status as MutableJsonObject), qosClass: 'Burstable' };
      const labelled = updated(pod, { 'metadata.labels': { a: 'b' }, 'metadata.finalizers': [] }, '');
      expect(rules.validateUpdate(labelled as KubeObject, pod as KubeObject, '')).toEqual([]);
      const reported = updated(pod, {}, 'status');
      rules.validateUpdate(reported as KubeObject, pod as KubeObject, 'status');
      rules.warnings(reported as KubeObject, pod as KubeObject, 'status');
      rules.validateUpdate(updated(pod, {}, 'resize') as KubeObject, pod as KubeObject, 'resize');
    }),
    { numRuns: 150 },
  );
});
