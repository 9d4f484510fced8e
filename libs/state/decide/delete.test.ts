import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { accepted, configMap, pod, refused, testMachine, type TestMachine } from '../testing/machine.ts';

const bind = async (cluster: TestMachine, name: string): Promise<void> => {
  accepted(
    await cluster.create(
      'pods',
      { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: 'node-1' } },
      { name, subresource: 'binding' },
    ),
  );
};

describe('an object without finalizers', () => {
  test('is gone at once, and a second deletion finds nothing', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    expect(accepted(await cluster.delete('configmaps', 'a'))).toMatchObject({ removed: true });
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
    expect(refused(await cluster.delete('configmaps', 'a'))).toMatchObject({
      code: 404,
      message: 'configmaps "a" not found',
    });
  });
  test('stays when the preconditions name another one', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('configmaps', configMap('a'))).object.object();
    const wrongUid = await cluster.delete('configmaps', 'a', { delete: { preconditions: { uid: 'other' } } });
    expect(refused(wrongUid)).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${made.metadata.uid}). The object might have been deleted and then recreated`,
      details: { kind: 'ConfigMap', name: 'a' },
    });
    const wrongVersion = await cluster.delete('configmaps', 'a', {
      delete: { preconditions: { resourceVersion: '1' } },
    });
    expect(refused(wrongVersion)).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(cluster.get('configmaps', 'a')).toBeDefined();
  });
  test('stays after a dry run', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    expect(accepted(await cluster.delete('configmaps', 'a', { dryRun: true }))).toMatchObject({ removed: true });
    expect(cluster.get('configmaps', 'a')).toBeDefined();
  });
});

describe('an object with a finalizer', () => {
  test('is marked, refuses new finalizers, and goes with the update that removes the last one', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a', 'v', { finalizers: ['example.com/x'] })));
    const marked = accepted(await cluster.delete('configmaps', 'a'));
    expect(marked.removed).toBe(false);
    expect(marked.object.object().metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    const again = accepted(await cluster.delete('configmaps', 'a'));
    expect(again.object.revision).toBe(marked.object.revision);
    const more = await cluster.patch('configmaps', 'a', {
      metadata: { finalizers: ['example.com/x', 'example.com/y'] },
    });
    expect(refused(more)).toMatchObject({ code: 422 });
    const last = accepted(await cluster.patch('configmaps', 'a', { metadata: { finalizers: null } }));
    expect(last.removed).toBe(true);
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
  });
  test.each([
    ['Orphan', ['example.com/x', 'orphan']],
    ['Foreground', ['example.com/x', 'foregroundDeletion']],
    ['Background', ['example.com/x']],
  ] as const)('propagationPolicy %s leaves %j', async (propagationPolicy, finalizers) => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a', 'v', { finalizers: ['example.com/x'] })));
    const marked = accepted(await cluster.delete('configmaps', 'a', { delete: { propagationPolicy } }));
    expect(marked.object.object().metadata.finalizers).toEqual(finalizers);
  });
});

describe('a pod', () => {
  test('that no node runs is gone at once', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p')));
    const gone = accepted(await cluster.delete('pods', 'p'));
    expect(gone.removed).toBe(true);
    expect(gone.object.object().metadata.deletionGracePeriodSeconds).toBe(0);
  });
  test('on a node waits for its own grace period, which later requests may only shorten', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p')));
    await bind(cluster, 'p');
    const first = accepted(await cluster.delete('pods', 'p'));
    expect(first.removed).toBe(false);
    expect(first.object.object().metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    });
    const longer = accepted(await cluster.delete('pods', 'p', { delete: { gracePeriodSeconds: 60 } }));
    expect(longer.object.revision).toBe(first.object.revision);
    const shorter = accepted(await cluster.delete('pods', 'p', { delete: { gracePeriodSeconds: 5 } }));
    expect(shorter.object.object().metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    });
    expect(accepted(await cluster.delete('pods', 'p', { delete: { gracePeriodSeconds: 0 } })).removed).toBe(true);
  });
  test('that has finished is gone at once', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p')));
    await bind(cluster, 'p');
    accepted(await cluster.patch('pods', 'p', { status: { phase: 'Succeeded' } }, { subresource: 'status' }));
    expect(accepted(await cluster.delete('pods', 'p')).removed).toBe(true);
  });
  test('with a finalizer stays marked when its grace period is over', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p', {}, { finalizers: ['example.com/x'] })));
    const marked = accepted(await cluster.delete('pods', 'p'));
    expect(marked.removed).toBe(false);
    expect(marked.object.object().metadata.deletionGracePeriodSeconds).toBe(0);
    expect(accepted(await cluster.patch('pods', 'p', { metadata: { finalizers: null } })).removed).toBe(true);
  });
});

describe('a namespace', () => {
  const namespace = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

  test.each(['default', 'kube-system', 'kube-public'])('%s may not be deleted', async (name) => {
    await using cluster = await testMachine();
    expect(refused(await cluster.delete('namespaces', name))).toMatchObject({
      code: 403,
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });
  test('ends in steps: Terminating, no new content, gone when it is finalized', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('namespaces', namespace('x')));
    const marked = accepted(await cluster.delete('namespaces', 'x'));
    expect(marked.removed).toBe(false);
    expect(marked.object.object()).toMatchObject({
      status: { phase: 'Terminating' },
      spec: { finalizers: ['kubernetes'] },
    });
    expect(refused(await cluster.create('configmaps', configMap('a'), { namespace: 'x' }))).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: unable to create new content in namespace x because it is being terminated',
      details: {
        causes: [
          { reason: 'NamespaceTerminating', message: 'namespace x is being terminated', field: 'metadata.namespace' },
        ],
      },
    });
    expect(accepted(await cluster.delete('namespaces', 'x')).object.revision).toBe(marked.object.revision);
    const object = { ...marked.object.object(), spec: { finalizers: [] } };
    const finalized = accepted(await cluster.update('namespaces', object, { subresource: 'finalize' }));
    expect(finalized.removed).toBe(true);
    expect(cluster.get('namespaces', 'x')).toBeUndefined();
  });
  test('is made in one transaction with its default account, caused by it', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('namespaces', namespace('x')));
    const account = cluster.get('serviceaccounts', 'default', 'x');
    expect(account?.metadata.resourceVersion).toBe(String(made.object.revision + 1));
    accepted(await cluster.create('pods', pod('p'), { namespace: 'x' }));
  });
});

test('what a replication controller and a job own stays unless somebody says otherwise', async () => {
  await using cluster = await testMachine();
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const controller = { metadata: { name: 'r' }, spec: { selector: { a: 'b' }, template } };
  accepted(await cluster.create('replicationcontrollers', controller));
  accepted(await cluster.delete('replicationcontrollers', 'r'));
  expect(cluster.get('replicationcontrollers', 'r')?.metadata.finalizers).toEqual(['orphan']);
  const job = { metadata: { name: 'j' }, spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } };
  accepted(await cluster.create('jobs', job));
  accepted(await cluster.delete('jobs', 'j', { delete: { propagationPolicy: 'Background' } }));
  expect(cluster.get('jobs', 'j')).toBeUndefined();
});
