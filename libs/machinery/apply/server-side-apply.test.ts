import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonEqual } from '../json-walk.ts';
import { isRejection, type Rejection } from '../rejection.ts';
import { compareObjects } from './compare-objects.ts';
import { differenceOf, pathsOf } from './field-set.ts';
import { decodeFields, encodeFields } from './encoded-fields.ts';
import { decodeManagers } from './managers.ts';
import { pathText } from './path-element.ts';
import { shapeOfType } from './shape.ts';
import { UNOWNED } from './unowned-fields.ts';
import { applyConfiguration, trackUpdate } from './server-side-apply.ts';
import { OwnershipModel } from './testing/ownership-model.ts';

const CONFIG_MAP = 'io.k8s.api.core.v1.ConfigMap';
const DEPLOYMENT = 'io.k8s.api.apps.v1.Deployment';
const POD = 'io.k8s.api.core.v1.Pod';

interface Step {
  readonly live?: KubeObject | undefined;
  readonly type?: string;
  readonly manager?: string;
  readonly config: JsonObject;
  readonly force?: boolean;
  readonly nowMs?: number;
}

function attempt({ live, type = CONFIG_MAP, manager = 'one', config, force = false, nowMs = 0 }: Step) {
  const kind = type.slice(type.lastIndexOf('.') + 1);
  const apiVersion = type === DEPLOYMENT ? 'apps/v1' : 'v1';
  const whole = {
    apiVersion,
    kind,
    ...config,
    metadata: { name: 'a', ...(config['metadata'] as JsonObject | undefined) },
  };
  return applyConfiguration({ live, typeName: type, manager, apiVersion, subresource: '', nowMs }, whole, force);
}

function apply(step: Step): KubeObject {
  const result = attempt(step);
  if (isRejection(result)) throw new Error(result.message);
  return result.object;
}

function refused(step: Step): Rejection {
  const result = attempt(step);
  if (!isRejection(result)) throw new Error(`applied: ${JSON.stringify(result.object)}`);
  return result;
}

/** What each manager owns, as paths. */
function owners(object: KubeObject): Record<string, readonly string[]> {
  const managers = decodeManagers(object.metadata.managedFields);
  return Object.fromEntries(
    [...managers.values()].map(({ name, fields }) => [
      name,
      pathsOf(fields)
        .map((path) => pathText(path))
        .toSorted(),
    ]),
  );
}

describe('appliers of a ConfigMap', () => {
  const first = apply({ config: { data: { x: '1', y: '1' } } });

  test('own what they apply, and nothing that identifies the object', () => {
    expect(first).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { x: '1', y: '1' },
    });
    expect(first.metadata['managedFields']).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '1970-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:x': {}, 'f:y': {} } },
      },
    ]);
  });

  test('change nothing by applying the same again, not even the time', () => {
    expect(apply({ live: first, config: { data: { x: '1', y: '1' } }, nowMs: 60_000 })).toEqual(first);
  });

  test('may not change what others own', () => {
    expect(refused({ live: first, manager: 'two', config: { data: { x: '2' } } })).toEqual({
      rejected: true,
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.x' }] },
    });
  });

  test('share what they agree on, take over by force, and leave behind what nobody else owns', () => {
    const shared = apply({ live: first, manager: 'two', config: { data: { y: '1', z: '2' } } });
    expect(owners(shared)).toEqual({ one: ['.data.x', '.data.y'], two: ['.data.y', '.data.z'] });
    const forced = apply({ live: shared, manager: 'two', config: { data: { x: '2', z: '2' } }, force: true });
    expect(forced['data']).toEqual({ x: '2', y: '1', z: '2' });
    expect(owners(forced)).toEqual({ one: ['.data.y'], two: ['.data.x', '.data.z'] });
    const dropped = apply({ live: forced, manager: 'two', config: { data: {} } });
    expect(dropped['data']).toEqual({ y: '1' });
  });

  test('may not set managedFields, unknown fields or wrong types', () => {
    const managed = { metadata: { managedFields: [{ manager: 'x' }] } };
    expect(refused({ config: managed })).toMatchObject({ code: 400, message: 'metadata.managedFields must be nil' });
    expect(refused({ config: { dataa: {} } })).toMatchObject({ code: 400, message: expect.stringContaining('dataa') });
    expect(refused({ config: { data: { a: 1 } } })).toMatchObject({ code: 400 });
  });
});

describe('appliers of a Deployment', () => {
  const container = { name: 'a', image: 'app:v1', env: [{ name: 'A', value: '1' }] };
  const spec = (containers: JsonValue, more: JsonObject = {}): JsonObject => ({
    spec: { ...more, template: { spec: { containers } } },
  });
  const one = apply({
    type: DEPLOYMENT,
    config: spec([container], { replicas: 0, selector: { matchLabels: { app: 'x' } } }),
  });

  test('own items by their key, and what is atomic as a whole', () => {
    expect(owners(one)).toEqual({
      one: [
        '.spec.replicas',
        '.spec.selector',
        '.spec.template.spec.containers[name="a"]',
        '.spec.template.spec.containers[name="a"].env[name="A"]',
        '.spec.template.spec.containers[name="a"].env[name="A"].name',
        '.spec.template.spec.containers[name="a"].env[name="A"].value',
        '.spec.template.spec.containers[name="a"].image',
        '.spec.template.spec.containers[name="a"].name',
      ].toSorted(),
    });
  });

  test('add items beside those of others', () => {
    const two = apply({ live: one, type: DEPLOYMENT, manager: 'two', config: spec([{ name: 'side', image: 's' }]) });
    expect(two['spec']).toMatchObject({
      template: { spec: { containers: [container, { name: 'side', image: 's' }] } },
    });
  });

  test('conflict field by field', () => {
    const config = spec(
      [
        { name: 'side', image: 's' },
        { name: 'a', image: 'other' },
      ],
      { replicas: 3 },
    );
    const refusal = refused({ live: one, type: DEPLOYMENT, manager: 'two', config });
    expect(refusal.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n- .spec.template.spec.containers[name="a"].image',
    );
    expect(refusal.details?.causes).toHaveLength(2);
  });

  test('remove what they no longer set, items and their parts', () => {
    const defaulted = {
      ...one,
      spec: { ...(one['spec'] as JsonObject), revisionHistoryLimit: 10 },
    } as JsonObject as KubeObject;
    const config = spec([{ name: 'a', image: 'app:v1' }], { selector: { matchLabels: { app: 'x' } } });
    const next = apply({ live: defaulted, type: DEPLOYMENT, config });
    expect(next['spec']).toEqual({
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: 'x' } },
      template: { spec: { containers: [{ name: 'a', image: 'app:v1' }] } },
    });
  });

  test('items that cannot be told apart are refused', () => {
    expect(refused({ type: DEPLOYMENT, config: spec([{ image: 'x' }]) })).toMatchObject({
      code: 400,
      message: expect.stringContaining('omits key field "name"'),
    });
    expect(refused({ type: DEPLOYMENT, config: spec([container, container]) })).toMatchObject({
      code: 400,
      message: expect.stringContaining('duplicate entries for key [name="a"]'),
    });
  });

  test('ports are TCP unless they say otherwise', () => {
    const withPorts = (ports: JsonValue): JsonObject => spec([{ ...container, ports }]);
    const live = apply({ type: DEPLOYMENT, config: withPorts([{ containerPort: 80, protocol: 'TCP', name: 'http' }]) });
    const next = apply({ live, type: DEPLOYMENT, config: withPorts([{ containerPort: 80, name: 'web' }]) });
    expect(next['spec']).toMatchObject({
      template: { spec: { containers: [{ ports: [{ containerPort: 80, name: 'web' }] }] } },
    });
  });
});

describe('updates', () => {
  const change = { typeName: CONFIG_MAP, apiVersion: 'v1', subresource: '', nowMs: 1000 };

  test('take over what they change and give up what they remove', () => {
    const live = apply({ config: { data: { x: '1', y: '1', z: '1' } } });
    const next = { ...live, data: { x: '2', y: '1', new: '1' } } as JsonObject as KubeObject;
    const managedFields = trackUpdate({ ...change, live, manager: 'editor' }, next);
    const tracked = { ...next, metadata: { ...next.metadata, managedFields } };
    const after = JSON.parse(JSON.stringify(tracked)) as KubeObject;
    expect(owners(after)).toEqual({ one: ['.data.y'], editor: ['.data.new', '.data.x'] });
    expect(refused({ live: after, config: { data: { x: '1' } } }).message).toBe(
      'Apply failed with 1 conflict: conflict with "editor" using v1: .data.x',
    );
  });

  test('that create own everything but identity, maps included', () => {
    const next = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { l: '1' } }, data: { x: '1' } };
    const [entry] = trackUpdate({ ...change, live: undefined, manager: 'm' }, next as JsonObject as KubeObject);
    expect(entry).toEqual({
      manager: 'm',
      operation: 'Update',
      apiVersion: 'v1',
      time: '1970-01-01T00:00:01Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { '.': {}, 'f:x': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } },
    });
  });

  test('come to the same whether managers are read as they were stored or as a client sends them', () => {
    const texts = fc.constantFrom('1', '2');
    const names = fc.constantFrom('a', 'b', 'c');
    const objects = fc.record({
      labels: fc.dictionary(names, texts, { maxKeys: 3 }),
      containers: fc.uniqueArray(fc.record({ name: names, image: texts, workingDir: texts }), {
        selector: ({ name }) => name,
        maxLength: 3,
      }),
    });
    const step = fc.record({ object: objects, manager: names, subresource: fc.constantFrom('', 'status') });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let live: KubeObject | undefined;
        for (const [turn, { object, manager, subresource }] of steps.entries()) {
          const { labels, containers } = object;
          const next = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels }, spec: { containers } };
          const asked = { ...change, typeName: POD, live, manager, subresource, nowMs: turn * 1000 };
          const managedFields = trackUpdate(asked, next as JsonObject as KubeObject);
          const given = live?.metadata.managedFields as unknown as JsonValue | undefined;
          expect(managedFields).toEqual(trackUpdate(asked, next as JsonObject as KubeObject, given));
          live = JSON.parse(JSON.stringify({ ...next, metadata: { ...next.metadata, managedFields } })) as KubeObject;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that create one object like another own of each what is in it', () => {
    const texts = fc.constantFrom('1', '2', '');
    const names = fc.constantFrom('a', 'b');
    const container = fc.record(
      { name: names, image: texts, args: fc.array(texts, { maxLength: 2 }) },
      { requiredKeys: [] },
    );
    const pods = fc.record(
      {
        metadata: fc.record({ name: texts, labels: fc.dictionary(names, texts), finalizers: fc.array(texts) }),
        spec: fc.record(
          {
            containers: fc.array(container, { maxLength: 3 }),
            securityContext: fc.constantFrom({}, { runAsUser: 1 }),
            nodeName: texts,
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['metadata'] },
    );
    fc.assert(
      fc.property(fc.array(pods, { minLength: 2, maxLength: 6 }), (all) => {
        for (const given of all) {
          const pod = { apiVersion: 'v1', kind: 'Pod', ...given } as JsonObject as KubeObject;
          const [entry] = trackUpdate({ ...change, typeName: POD, live: undefined, manager: 'creator' }, pod);
          const { added } = compareObjects({}, pod, shapeOfType(POD));
          const owned = encodeFields(differenceOf(added, UNOWNED));
          expect(JSON.stringify(entry?.fieldsV1 ?? {})).toBe(JSON.stringify(owned));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('write managers that own what they did as they stood', () => {
    const live = apply({ config: { data: { x: '1' }, metadata: { labels: { l: '1' } } } });
    const next = { ...live, data: { x: '1', y: '2' } } as JsonObject as KubeObject;
    const [one] = trackUpdate({ ...change, live, manager: 'editor' }, next);
    expect(one?.fieldsV1).toBe((live.metadata.managedFields as readonly { readonly fieldsV1: unknown }[])[0]?.fieldsV1);
  });

  test('that change nothing leave the managers as they are', () => {
    const live = apply({ config: { data: { x: '1' } } });
    expect(trackUpdate({ ...change, live, manager: 'editor' }, live)).toEqual(live.metadata['managedFields']);
  });
});

describe('managedFields', () => {
  test('entries that make no sense count as none', () => {
    for (const nonsense of [
      null,
      'x',
      [1],
      [{ operation: 'Apply' }],
      [{ operation: 'Sing', fieldsType: 'FieldsV1', fieldsV1: {} }],
    ]) {
      expect(decodeManagers(nonsense as JsonValue).size).toBe(0);
    }
  });

  test('keys are the same in any order and spacing', () => {
    const spaced = decodeFields({ 'k:{"protocol": "TCP", "containerPort": 80}': {} });
    expect([...spaced.children.keys()]).toEqual(['k:{"containerPort":80,"protocol":"TCP"}']);
  });
});

describe('sequences of appliers', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const texts = fc.constantFrom('1', '2');
  const configuration = fc.record({
    labels: fc.dictionary(names, texts, { maxKeys: 3 }),
    finalizers: fc.uniqueArray(names, { maxLength: 2 }),
    containers: fc.uniqueArray(fc.record({ name: names, image: fc.option(texts, { nil: undefined }) }), {
      selector: ({ name }) => name,
      maxLength: 3,
    }),
  });
  type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;
  const step = fc.record({ manager: fc.constantFrom('m1', 'm2', 'm3'), force: fc.boolean(), configuration });

  function objectOf({ labels, finalizers, containers }: Configuration): JsonObject {
    return {
      metadata: {
        ...(Object.keys(labels).length > 0 ? { labels } : {}),
        ...(finalizers.length > 0 ? { finalizers } : {}),
      },
      spec:
        containers.length === 0
          ? { nodeName: 'n' }
          : {
              nodeName: 'n',
              containers: containers.map(({ name, image }) => ({ name, ...(image === undefined ? {} : { image }) })),
            },
    };
  }

  function pathsIn({ labels, finalizers, containers }: Configuration): ReadonlyMap<string, string> {
    const paths = new Map<string, string>([['.spec.nodeName', 'n']]);
    for (const [name, value] of Object.entries(labels)) paths.set(`.metadata.labels.${name}`, value);
    for (const name of finalizers) paths.set(`.metadata.finalizers[="${name}"]`, '');
    for (const { name, image } of containers) {
      const item = `.spec.containers[name="${name}"]`;
      paths.set(item, '').set(`${item}.name`, name);
      if (image !== undefined) paths.set(`${item}.image`, image);
    }
    return paths;
  }

  test('leave the ownership an independent model has', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const model = new OwnershipModel();
        let live: KubeObject | undefined;
        for (const { manager, force, configuration } of steps) {
          const result = attempt({ live, type: POD, manager, force, config: objectOf(configuration) });
          expect(!isRejection(result)).toBe(model.apply(manager, pathsIn(configuration), force));
          if (isRejection(result)) continue;
          live = result.object;
          expect(owners(live)).toEqual(model.owners());
          const again = apply({ live, type: POD, manager, config: objectOf(configuration) });
          expect(jsonEqual(again, live)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
