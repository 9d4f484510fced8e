import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Command } from '../command.ts';
import { draftsOf, given, summary } from '../testing/decider.ts';
import { configMap, pod, resourceNamed } from '../testing/machine.ts';

const target = (resource: string, name: string, namespace = 'x'): Command['target'] => {
  const definition = resourceNamed(resource);
  return { definition, namespace: definition.namespaced ? namespace : '', name, subresource: '' };
};
const written = (resource: string, object: JsonObject): { target: Command['target']; object: KubeObject } => {
  const { name } = (object as KubeObject).metadata;
  return { target: target(resource, name ?? ''), object: object as KubeObject };
};
const create = (resource: string, object: JsonObject): Command => ({ type: 'create', ...written(resource, object) });
const update = (resource: string, object: JsonObject): Command => ({ type: 'update', ...written(resource, object) });
const patch = (resource: string, name: string, document: JsonValue): Command => ({
  type: 'patch',
  target: target(resource, name),
  patchType: 'merge',
  patch: document,
  fieldValidation: 'Ignore',
  force: false,
});
const remove = (resource: string, name: string): Command => ({
  type: 'delete',
  target: target(resource, name),
  options: {},
});
const namespaceX = create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } });

test.each<[string, readonly Command[], Command, readonly string[] | string]>([
  [
    'a namespace comes with its account',
    [],
    namespaceX,
    ['created namespaces /x', 'created serviceaccounts x/default'],
  ],
  [
    'nothing is created in a namespace that is not there',
    [],
    create('configmaps', configMap('a')),
    '404 namespaces "x" not found',
  ],
  [
    'an object is created once',
    [namespaceX, create('configmaps', configMap('a'))],
    create('configmaps', configMap('a')),
    '409 configmaps "a" already exists',
  ],
  [
    'an update changes what is there',
    [namespaceX, create('configmaps', configMap('a'))],
    update('configmaps', configMap('a', 'w')),
    ['updated configmaps x/a'],
  ],
  [
    'an update to what is there is nothing',
    [namespaceX, create('configmaps', configMap('a'))],
    update('configmaps', configMap('a')),
    [],
  ],
  [
    'nothing is updated that is not there',
    [namespaceX],
    update('configmaps', configMap('a')),
    '404 configmaps "a" not found',
  ],
  [
    'a patch changes what is there',
    [namespaceX, create('configmaps', configMap('a'))],
    patch('configmaps', 'a', { data: { k: null } }),
    ['updated configmaps x/a'],
  ],
  [
    'a deletion removes',
    [namespaceX, create('configmaps', configMap('a'))],
    remove('configmaps', 'a'),
    ['deleted configmaps x/a'],
  ],
  [
    'a deletion waits for finalizers',
    [namespaceX, create('configmaps', configMap('a', 'v', { finalizers: ['a/b'] }))],
    remove('configmaps', 'a'),
    ['updated configmaps x/a'],
  ],
  [
    'the last finalizer gone, so is the object',
    [namespaceX, create('configmaps', configMap('a', 'v', { finalizers: ['a/b'] })), remove('configmaps', 'a')],
    patch('configmaps', 'a', { metadata: { finalizers: null } }),
    ['deleted configmaps x/a'],
  ],
  ['a namespace is marked first', [namespaceX], remove('namespaces', 'x'), ['updated namespaces /x']],
])('%s', (_title, before, command, expected) => {
  expect(summary(given(...before).when(command))).toEqual(expected);
});

describe('an update of what is not there', () => {
  const MAY = { allowed: true } as const;
  const MAY_NOT = { allowed: false, why: 'no rule' } as const;
  const put = (resource: string, object: JsonObject, creation: typeof MAY | typeof MAY_NOT = MAY): Command => ({
    ...(update(resource, object) as Extract<Command, { type: 'update' }>),
    creation,
  });
  const endpoints = (metadata: JsonObject = {}): JsonObject => ({ metadata: { name: 'e', ...metadata }, subsets: [] });

  test.each([
    ['endpoints', endpoints()],
    ['leases', { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } }],
    ['limitranges', { metadata: { name: 'l' }, spec: { limits: [] } }],
    ['services', { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }],
    ['roles', { metadata: { name: 'r' }, rules: [] }],
    ['clusterroles', { metadata: { name: 'r' }, rules: [] }],
    ['runtimeclasses', { metadata: { name: 'r' }, handler: 'h' }],
  ])('creates %s', (resource, object) => {
    const decision = given(namespaceX).when(put(resource, object));
    const [draft] = draftsOf(decision);
    expect(decision).toMatchObject({ created: true });
    expect(draft).toMatchObject({ verb: 'created', request: { verb: 'update' } });
    expect(draft?.contents.metadata).toMatchObject({ uid: expect.any(String), creationTimestamp: expect.any(String) });
  });

  test.each<[string, Command, string]>([
    ['of another kind is told so', put('configmaps', configMap('a')), '404 configmaps "a" not found'],
    ['within a transaction is told so', update('endpoints', endpoints()), '404 endpoints "e" not found'],
    [
      'to its status is told so',
      {
        ...put('services', { metadata: { name: 's' } }),
        target: { ...target('services', 's'), subresource: 'status' },
      },
      '404 services "s" not found',
    ],
    [
      'by who may not create is refused',
      put('endpoints', endpoints(), MAY_NOT),
      '403 endpoints "e" is forbidden: no rule',
    ],
    [
      'that is invalid says so first',
      put('endpoints', endpoints({ labels: { a: '!' } }), MAY_NOT),
      expect.stringContaining('422 Endpoints "e" is invalid: metadata.labels'),
    ],
    [
      'under a uid is a conflict',
      put('endpoints', endpoints({ uid: 'u' })),
      '409 Operation cannot be fulfilled on endpoints "e": StorageError: invalid object, Code: 4, Key: /registry/endpoints/x/e, ' +
        'ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: u, UID in object meta: ',
    ],
  ])('%s', (_title, command, expected) => {
    expect(summary(given(namespaceX).when(command))).toEqual(expected);
  });

  test('under a resourceVersion creates all the same', () => {
    const [draft] = draftsOf(given(namespaceX).when(put('endpoints', endpoints({ resourceVersion: '7' }))));
    expect(draft?.contents.metadata.resourceVersion).toBeUndefined();
  });
});

test('an apply that would create is refused to whoever may not create', () => {
  const apply = (name: string): Command => ({
    ...(patch('configmaps', name, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { l: 'v' } },
    }) as Extract<Command, { type: 'patch' }>),
    patchType: 'apply',
    creation: { allowed: false, why: '' },
  });
  const state = given(namespaceX, create('configmaps', configMap('there')));
  expect(summary(state.when(apply('there')))).toEqual(['updated configmaps x/there']);
  expect(summary(state.when(apply('new')))).toBe('403 configmaps "new" is forbidden: ');
});

describe('decide is a function', () => {
  const commands = [
    create('pods', pod('p')),
    create('services', {
      metadata: { name: 's' },
      spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80 }] },
    }),
    create('configmaps', { metadata: { generateName: 'g-' } }),
  ];
  test.each(commands)(
    'of state, command and context: the same seed gives the same bytes, another one does not',
    (command) => {
      const state = given(namespaceX);
      const bytes = (seed: number): string =>
        draftsOf(state.when(command, { seed: [seed, seed, seed, seed] }))
          .map((draft) => draft.stored.toString())
          .join('\n');
      expect(bytes(7)).toBe(bytes(7));
      expect(bytes(7)).not.toBe(bytes(8));
    },
  );

  test('a dry run decides the same and drafts nothing', () => {
    const state = given(namespaceX);
    const decision = state.when(create('configmaps', configMap('a')), { dryRun: true });
    expect(summary(decision)).toEqual([]);
    expect(decision).toMatchObject({ created: true, answer: { type: 'imagined', contents: { data: { k: 'v' } } } });
  });

  test('every draft says who asked, why and what kind of request it was', () => {
    const [namespace, account] = draftsOf(given().when(namespaceX));
    expect(namespace).toMatchObject({
      actor: { user: 'alice' },
      cause: { correlation: 'c-1' },
      request: { verb: 'create', subresource: '' },
    });
    expect(account).toMatchObject({ actor: { user: 'system:apiserver' }, request: { verb: 'system' }, becauseOf: 0 });
  });
});

test('a change of the spec raises the generation, a change of labels does not', () => {
  const deployment = (replicas: number, labels: JsonObject): JsonObject => ({
    metadata: { name: 'd', labels },
    spec: {
      replicas,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  const state = given(namespaceX, create('deployments', deployment(1, {})));
  const generationAfter = (object: JsonObject): unknown =>
    draftsOf(state.when(update('deployments', object)))[0]?.contents.metadata.generation;
  expect(generationAfter(deployment(2, {}))).toBe(2);
  expect(generationAfter(deployment(1, { l: '1' }))).toBe(1);
});
