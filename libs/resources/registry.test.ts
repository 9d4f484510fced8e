import { describe, expect, test } from 'vitest';
import { allResources, findKind, findResource } from './registry.ts';

describe('the registry', () => {
  test('finds every resource by its plural name and by its kind', () => {
    for (const one of allResources()) {
      expect(findResource(one.group, one.version, one.resource)).toBe(one);
      expect(findKind(one.group, one.version, one.kind)).toBe(one);
    }
    expect(findResource('', 'v1', 'nothings')).toBeUndefined();
    expect(findKind('apps', 'v1', 'Pod')).toBeUndefined();
  });

  test('keeps Events in a window, Leases at their latest value and everything else for ever', () => {
    const classes = new Map(allResources().map((one) => [one.resource, one.storage]));
    expect(classes.get('events')).toBe('window');
    expect(classes.get('leases')).toBe('latest');
    expect([...classes.values()].filter((storage) => storage !== 'forever')).toHaveLength(2);
  });

  test('every row has a cell for each column, even for an object that says nothing', () => {
    for (const one of allResources()) {
      const bare = { apiVersion: 'v1', kind: one.kind, metadata: {} };
      expect(one.rules.tableCells(bare), one.kind).toHaveLength(one.columns.length);
    }
  });

  test('defaults are stable: applying them twice changes nothing', () => {
    for (const one of allResources()) {
      const object = { kind: one.kind, metadata: { name: 'a' } };
      one.rules.applyDefaults(object);
      const once = structuredClone(object);
      one.rules.applyDefaults(object);
      expect(object, one.kind).toEqual(once);
    }
  });
});
