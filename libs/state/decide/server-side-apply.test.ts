import { assert } from '@taffrail/platform/assert';
import { findResource } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Outcome } from '../outcome.ts';
import {
  accepted,
  configMap,
  refused,
  resourceNamed,
  TEST_REQUEST,
  testMachine,
  type TestMachine,
} from '../testing/machine.ts';

interface Ask {
  readonly manager?: string;
  readonly force?: boolean;
  readonly resource?: string;
  readonly subresource?: string;
  readonly dryRun?: boolean;
}

async function apply(cluster: TestMachine, name: string, patch: JsonObject, ask: Ask = {}): Promise<Outcome> {
  const definition = resourceNamed(ask.resource ?? 'configmaps');
  return await cluster.machine.submit(
    {
      type: 'patch',
      target: { definition, namespace: 'default', name, subresource: ask.subresource ?? '' },
      patchType: 'apply',
      patch,
      fieldValidation: 'Strict',
      force: ask.force ?? false,
    },
    { ...as(ask.manager ?? 'one'), dryRun: ask.dryRun ?? false },
  );
}

const as = (fieldManager: string): typeof TEST_REQUEST => ({
  ...TEST_REQUEST,
  actor: { ...TEST_REQUEST.actor, fieldManager },
});

const data = (values: Readonly<Record<string, string>>): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data: values,
});

/** Who owns what: `one Apply f:data{f:x}`. */
function owners(object: KubeObject | undefined): readonly string[] {
  return (object?.metadata.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) => {
    const aside = subresource === undefined ? '' : `/${subresource}`;
    return `${manager} ${operation}${aside} ${shown(fieldsV1 as JsonObject)}`;
  });
}

function shown(fields: JsonObject): string {
  return Object.entries(fields)
    .map(([element, below]) => {
      const inner = shown(below as JsonObject);
      return inner === '' ? element : `${element}{${inner}}`;
    })
    .join(' ');
}

const deployment: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'x' } },
    template: {
      metadata: { labels: { app: 'x' } },
      spec: { containers: [{ name: 'c', image: 'registry.example/app:v1' }] },
    },
  },
};

describe('server-side apply', () => {
  test('creates what is not there, and what is the same again makes no event', async () => {
    await using cluster = await testMachine();
    const first = accepted(await apply(cluster, 'a', data({ x: '1' })));
    expect(first.created).toBe(true);
    cluster.clock.advance(5_000);
    const again = accepted(await apply(cluster, 'a', data({ x: '1' })));
    expect(again.created).toBe(false);
    expect(again.object.object()).toEqual(first.object.object());
    expect(owners(cluster.get('configmaps', 'a'))).toEqual(['one Apply f:data{f:x}']);
  });

  test('refuses what another manager owns, with a cause for each field, until it is forced', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'a', data({ x: '1', y: '1' })));
    const refusal = refused(await apply(cluster, 'a', data({ x: '2', y: '2' }), { manager: 'two' }));
    expect(refusal).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(refusal.details?.causes?.map(({ field }) => field)).toEqual(['.data.x', '.data.y']);
    accepted(await apply(cluster, 'a', data({ x: '2' }), { manager: 'two', force: true }));
    expect(owners(cluster.get('configmaps', 'a'))).toEqual(['one Apply f:data{f:y}', 'two Apply f:data{f:x}']);
  });

  test('a dry run and a conflict leave nothing behind', async () => {
    await using cluster = await testMachine();
    const imagined = accepted(await apply(cluster, 'a', data({ x: '1' }), { dryRun: true }));
    expect(owners(imagined.object.object())).toEqual(['one Apply f:data{f:x}']);
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
  });

  test.each([
    ['another version', { ...data({}), apiVersion: 'v2' }, 'incorrect version specified in apply patch'],
    ['another kind', { ...data({}), kind: 'Secret' }, 'incorrect kind specified in apply patch'],
    ['another name', { ...data({}), metadata: { name: 'b' } }, 'does not match the name on the URL (a)'],
    ['no name', { ...data({}), metadata: {} }, 'resource name may not be empty'],
    ['another namespace', { ...data({}), metadata: { name: 'a', namespace: 'z' } }, 'on the request (default)'],
    ['managedFields', { ...data({}), metadata: { name: 'a', managedFields: [] } }, 'managedFields must be nil'],
    ['an unknown field', { ...data({}), colour: 'red' }, '.colour: field not declared in schema'],
  ])('refuses %s', async (_what, patch, message) => {
    await using cluster = await testMachine();
    const refusal = refused(await apply(cluster, 'a', patch));
    expect(refusal.code).toBe(400);
    expect(refusal.message).toContain(message);
  });

  test('a uid of nothing and a stale resourceVersion conflict', async () => {
    await using cluster = await testMachine();
    const withMetadata = (metadata: JsonObject): JsonObject => ({ ...data({}), metadata: { name: 'a', ...metadata } });
    expect(refused(await apply(cluster, 'a', withMetadata({ uid: 'u' }))).code).toBe(409);
    accepted(await apply(cluster, 'a', data({ x: '1' })));
    expect(refused(await apply(cluster, 'a', withMetadata({ resourceVersion: '1' }))).code).toBe(409);
  });

  test('a resourceVersion asks for nothing where nothing is, but must be a number', async () => {
    await using cluster = await testMachine();
    const withRevision = (resourceVersion: string): JsonObject => ({
      ...data({ x: '1' }),
      metadata: { name: 'a', resourceVersion },
    });
    expect(refused(await apply(cluster, 'a', withRevision('soon')))).toMatchObject({
      code: 500,
      message: 'strconv.ParseUint: parsing "soon": invalid syntax',
    });
    const { created, object } = accepted(await apply(cluster, 'a', withRevision('7')));
    expect(created).toBe(true);
    expect(object.object().metadata.resourceVersion).toBe(String(object.revision));
    expect(owners(object.object())).toEqual(['one Apply f:data{f:x}']);
  });

  test('status is applied through its subresource alone', async () => {
    await using cluster = await testMachine();
    const status = { observedGeneration: 7 };
    accepted(await apply(cluster, 'a', { ...deployment, status }, { resource: 'deployments' }));
    expect(cluster.get('deployments', 'a')?.['status']).not.toHaveProperty('observedGeneration');
    const patch = { ...deployment, spec: { replicas: 9 }, status };
    accepted(await apply(cluster, 'a', patch, { resource: 'deployments', subresource: 'status', manager: 'two' }));
    const object = cluster.get('deployments', 'a');
    expect(object).toMatchObject({ spec: { replicas: 2 }, status });
    expect(owners(object).at(-1)).toBe('two Apply/status f:status{f:observedGeneration}');
  });

  test('a Scale takes the replicas of its workload, and conflicts with who owns them', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'a', deployment, { resource: 'deployments' }));
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a' }, spec: { replicas: 5 } };
    const ask = { resource: 'deployments', subresource: 'scale', manager: 'scaler' };
    expect(refused(await apply(cluster, 'a', scale, ask)).details?.causes?.[0]?.field).toBe('.spec.replicas');
    const answer = accepted(await apply(cluster, 'a', scale, { ...ask, force: true }));
    expect(answer.object.object()).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } });
    expect(owners(cluster.get('deployments', 'a'))).toContain('scaler Apply/scale f:spec{f:replicas}');
  });
});

test('a configuration in another version than the stored one is laid over what its client sees', async () => {
  await using cluster = await testMachine();
  const definition = findResource('autoscaling', 'v1', 'horizontalpodautoscalers');
  assert(definition !== undefined, 'the kind is served in both versions');
  const patch = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a' },
    spec: {
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 60,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
    },
  };
  const target = { definition, namespace: 'default', name: 'a', subresource: '' };
  const command = {
    type: 'patch',
    target,
    patchType: 'apply',
    patch,
    fieldValidation: 'Strict',
    force: false,
  } as const;
  const first = accepted(await cluster.machine.submit(command, as('one')));
  expect(first.object.object()).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { maxReplicas: 3 } });
  const again = accepted(await cluster.machine.submit(command, as('one')));
  expect(again.object.revision).toBe(first.object.revision);
});

describe('managedFields of other writes', () => {
  test('who creates owns the fields, who changes one takes it over', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    expect(owners(cluster.get('configmaps', 'a'))).toEqual(['test Update f:data{. f:k}']);
    const definition = resourceNamed('configmaps');
    const target = { definition, namespace: 'default', name: 'a', subresource: '' };
    accepted(
      await cluster.machine.submit({ type: 'update', target, object: configMap('a', 'w') as KubeObject }, as('u')),
    );
    expect(owners(cluster.get('configmaps', 'a')).toSorted()).toEqual(['test Update f:data', 'u Update f:data{f:k}']);
    const refusal = refused(await apply(cluster, 'a', data({ k: 'z' })));
    expect(refusal.message).toBe('Apply failed with 1 conflict: conflict with "u" using v1: .data.k');
  });

  test('an update that changes nothing makes no event, later and by another manager too', async () => {
    await using cluster = await testMachine();
    const first = accepted(await cluster.create('configmaps', configMap('a')));
    cluster.clock.advance(60_000);
    const definition = resourceNamed('configmaps');
    const target = { definition, namespace: 'default', name: 'a', subresource: '' };
    const object = configMap('a') as KubeObject;
    const again = accepted(await cluster.machine.submit({ type: 'update', target, object }, as('other')));
    expect(again.object.revision).toBe(first.object.revision);
  });

  test('at most ten managers of updates are told apart', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    const definition = resourceNamed('configmaps');
    const target = { definition, namespace: 'default', name: 'a', subresource: '' };
    for (let index = 0; index < 14; index++) {
      cluster.clock.advance(1_000);
      const patch = { data: { [`k${index}`]: 'v' } };
      const command = {
        type: 'patch',
        target,
        patchType: 'merge',
        patch,
        fieldValidation: 'Strict',
        force: false,
      } as const;
      accepted(await cluster.machine.submit(command, as(`m${index}`)));
    }
    const all = owners(cluster.get('configmaps', 'a'));
    expect(all).toHaveLength(10);
    expect(all.filter((owner) => owner.startsWith('ancient-changes'))).toEqual([
      'ancient-changes Update f:data{. f:k f:k0 f:k1 f:k2 f:k3 f:k4}',
    ]);
  });

  test('a client sets them, or starts anew with one empty entry', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'a', data({ x: '1' })));
    const fields = (manager: string): JsonValue => [
      { manager, operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:x': {} } } },
    ];
    accepted(await cluster.patch('configmaps', 'a', { metadata: { managedFields: fields('moved') } }));
    expect(owners(cluster.get('configmaps', 'a'))).toEqual(['moved Apply f:data{f:x}']);
    accepted(await cluster.patch('configmaps', 'a', { metadata: { managedFields: [{}] } }));
    expect(cluster.get('configmaps', 'a')?.metadata.managedFields).toBeUndefined();
    const refusal = refused(await apply(cluster, 'a', data({ x: '2' })));
    expect(refusal.message).toContain('before-first-apply');
  });

  test('kubectl takes over what its own client-side configuration set', async () => {
    await using cluster = await testMachine();
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const annotations = { [annotation]: JSON.stringify(configMap('a')) };
    accepted(await cluster.create('configmaps', configMap('a', 'v', { annotations })));
    const next = { ...data({ k: 'w' }) };
    expect(refused(await apply(cluster, 'a', next, { manager: 'else' })).code).toBe(409);
    accepted(await apply(cluster, 'a', next, { manager: 'kubectl' }));
    const object = cluster.get('configmaps', 'a');
    expect(object).toMatchObject({ data: { k: 'w' } });
    expect(JSON.parse(object?.metadata.annotations?.[annotation] ?? '')).toMatchObject({ data: { k: 'w' } });
  });
});

test('a kind that is never written without a revision is applied at the newest one', async () => {
  await using cluster = await testMachine();
  const lease = (holderIdentity: string, metadata: JsonObject = {}): JsonObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'a', ...metadata },
    spec: { holderIdentity },
  });
  accepted(await apply(cluster, 'a', lease('one'), { resource: 'leases' }));
  accepted(await apply(cluster, 'a', lease('two'), { resource: 'leases' }));
  expect(cluster.get('leases', 'a')).toMatchObject({ spec: { holderIdentity: 'two' } });
  const stale = lease('three', { resourceVersion: '1' });
  expect(refused(await apply(cluster, 'a', stale, { resource: 'leases' })).code).toBe(409);
});
