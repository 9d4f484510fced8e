import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { findResource } from '../../registry.ts';
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
  expect(faults('a', exact)).toContain('reportingController: Required value');
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

describe('through events.k8s.io/v1', () => {
  const rules = findResource('events.k8s.io', 'v1', 'events')?.rules ?? eventRules;
  const stored = (more: MutableJsonObject): KubeObject => {
    const object: MutableJsonObject = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'a' },
      eventTime: '2026-11-21T09:00:00.000000Z',
      involvedObject: { namespace: 'a' },
      reportingComponent: 'x.io/y',
      reportingInstance: 'y-1',
      action: 'Did',
      reason: 'R',
      type: 'Normal',
      ...more,
    };
    eventRules.applyDefaults(object);
    return object as KubeObject;
  };
  const fields = (errors: readonly { readonly field: string }[]): readonly string[] => errors.map(({ field }) => field);

  test('an event needs its time, one of two types, and nothing in the old fields', () => {
    expect(rules.validateCreate(stored({}))).toEqual([]);
    const old = stored({
      eventTime: null,
      type: 'Odd',
      count: 3,
      firstTimestamp: '2026-11-21T09:00:00Z',
      lastTimestamp: '2026-11-21T09:00:00Z',
      source: { component: 'c' },
    });
    expect(fields(rules.validateCreate(old))).toEqual([
      'eventTime',
      'type',
      'firstTimestamp',
      'lastTimestamp',
      'count',
      'source',
    ]);
    expect(eventRules.validateCreate(old)).toEqual([]);
  });

  test('an event goes on as a series and says nothing else anew', () => {
    const before = stored({});
    const series = { count: 2, lastObservedTime: '2026-11-21T09:01:00.000000Z' };
    expect(rules.validateUpdate(stored({ series }), before, '')).toEqual([]);
    expect(fields(rules.validateUpdate(stored({ series: { count: 1 } }), before, ''))).toEqual([
      'series.count',
      'series.lastObservedTime',
    ]);
    const changed = stored({ reason: 'S', reportingComponent: 'x.io/z' });
    expect(fields(rules.validateUpdate(changed, before, ''))).toEqual(['reason', 'reason', 'reportingController']);
    expect(eventRules.validateUpdate(changed, before, '')).toEqual([]);
  });
});
