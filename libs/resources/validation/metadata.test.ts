import { describe, expect, test } from 'vitest';
import type { ObjectMeta } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { dns1123Subdomain } from '../syntax/names.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata.ts';

const text = (error: { readonly field: string; readonly message: string }): string =>
  `${error.field}: ${error.message}`;
const create = (metadata: Given<ObjectMeta>, namespaced = true): readonly string[] =>
  validateMetadata(metadata, { namespaced, name: dns1123Subdomain }).map(text);
const update = (next: Given<ObjectMeta>, previous: Given<ObjectMeta>): readonly string[] =>
  validateMetadataUpdate(next, previous).map(text);

describe('metadata of a new object', () => {
  test('needs a name, and a namespace exactly where the kind has one', () => {
    expect(create({ namespace: 'ns' })).toEqual(['metadata.name: Required value: name or generateName is required']);
    expect(create({ name: 'a' })).toEqual(['metadata.namespace: Required value']);
    expect(create({ name: 'a', namespace: 'ns' }, false)).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    expect(create({ name: 'a-x7', generateName: 'a-', namespace: 'ns' })).toEqual([]);
    expect(create({ name: 'AB-x7', generateName: 'AB-', namespace: 'ns' })).toHaveLength(2);
  });

  test('has annotations within 256 KiB', () => {
    const annotations = { 'example.com/note': 'x'.repeat(256 * 1024) };
    expect(create({ name: 'a', namespace: 'ns', annotations })).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
    expect(create({ name: 'a', namespace: 'ns', annotations: { 'Example.com/Note': '' } })).toEqual([]);
  });

  test('names its owners fully, one of them the controller', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: '1', controller: true };
    expect(create({ name: 'a', namespace: 'ns', ownerReferences: [owner] })).toEqual([]);
    const [fault] = create({ name: 'a', namespace: 'ns', ownerReferences: [owner, { ...owner, name: 's' }] });
    expect(fault).toMatch(
      /^metadata.ownerReferences: .*Only one reference can have Controller set to true. Found "true" in references for ReplicaSet\/r and ReplicaSet\/s$/,
    );
    expect(create({ name: 'a', namespace: 'ns', ownerReferences: [{}] })).toEqual([
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
  });

  test('has finalizers that say whose they are', () => {
    const finalizers = (...names: readonly string[]): readonly string[] =>
      create({ name: 'a', namespace: 'ns', finalizers: names });
    expect(finalizers('example.com/x', 'foregroundDeletion')).toEqual([]);
    expect(finalizers('mine')).toEqual([
      'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
    expect(finalizers('orphan', 'foregroundDeletion')).toEqual([
      'metadata.finalizers: Invalid value: []string{"orphan", "foregroundDeletion"}: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
  });
});

describe('metadata of an update', () => {
  const previous = { name: 'a', namespace: 'ns', uid: '1', creationTimestamp: '2026-11-21T09:00:00Z', generation: 2 };

  test('keeps what identifies the object', () => {
    expect(update(previous, previous)).toEqual([]);
    expect(update({ ...previous, uid: '2' }, previous)).toEqual([
      'metadata.uid: Invalid value: "2": field is immutable',
    ]);
    expect(update({ ...previous, generation: 1 }, previous)).toEqual([
      'metadata.generation: Invalid value: 1: must not be decremented',
    ]);
  });

  test('adds no finalizer to an object that is being deleted, but may take them away', () => {
    const deleting = { ...previous, deletionTimestamp: '2026-11-21T09:01:00Z', finalizers: ['a/b', 'c/d'] };
    expect(update({ ...deleting, finalizers: ['a/b'] }, deleting)).toEqual([]);
    expect(update({ ...deleting, finalizers: ['a/b', 'e/f'] }, deleting)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"e/f"}',
    ]);
  });
});
