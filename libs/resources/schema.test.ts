import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { allResources } from './registry.ts';
import { fieldOf, schemaNames, schemaOf, type TypeSchema, type ValueSchema } from './schema.ts';

function typeNamed(name: string): TypeSchema {
  const type = schemaOf(name);
  if (type === undefined) throw new Error(`no ${name}`);
  return type;
}

function referred(value: ValueSchema): readonly string[] {
  if (value.type === 'object') return [value.ref];
  if (value.type === 'list') return referred(value.items);
  return value.type === 'map' ? referred(value.values) : [];
}

describe('the schema table', () => {
  test('has the type of every resource, and everything a type refers to', () => {
    for (const { schema } of allResources()) expect(schemaOf(schema)?.name).toBe(schema);
    for (const name of schemaNames()) {
      for (const field of typeNamed(name).fields.values()) {
        for (const ref of referred(field.value)) expect(schemaOf(ref), `${name}.${field.name}`).toBeDefined();
      }
    }
  });

  test('knows how lists are owned and merged', () => {
    const spec = typeNamed('io.k8s.api.core.v1.PodSpec');
    expect(fieldOf(spec, 'containers')).toMatchObject({
      required: true,
      value: { type: 'list', items: { type: 'object', ref: 'io.k8s.api.core.v1.Container' } },
      listType: 'map',
      mapKeys: ['name'],
      patchStrategies: ['merge'],
      mergeKey: 'name',
    });
    expect(fieldOf(spec, 'volumes')?.patchStrategies).toEqual(['merge', 'retainKeys']);
    expect(fieldOf(spec, 'nodeSelector')).toMatchObject({ atomic: true, value: { type: 'map' } });
    const ports = fieldOf(typeNamed('io.k8s.api.core.v1.ServiceSpec'), 'ports');
    expect(ports).toMatchObject({ mapKeys: ['port', 'protocol'], mergeKey: 'port' });
  });

  test('tells quantities, times, bytes and integers apart', () => {
    const value = (type: string, field: string): ValueSchema | undefined => fieldOf(typeNamed(type), field)?.value;
    expect(value('io.k8s.api.core.v1.ResourceRequirements', 'limits')).toEqual({
      type: 'map',
      values: { type: 'quantity' },
    });
    expect(value('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'creationTimestamp')).toEqual({ type: 'time' });
    expect(value('io.k8s.api.coordination.v1.LeaseSpec', 'renewTime')).toEqual({ type: 'micro-time' });
    expect(value('io.k8s.api.core.v1.Secret', 'data')).toEqual({ type: 'map', values: { type: 'bytes' } });
    expect(value('io.k8s.api.apps.v1.RollingUpdateDeployment', 'maxSurge')).toEqual({ type: 'int-or-string' });
    expect(value('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'generation')).toEqual({
      type: 'integer',
      bits: 64,
    });
  });

  test('is silent about types it does not have', () => {
    expect(schemaOf('io.k8s.api.core.v1.Nothing')).toBeUndefined();
    expect(schemaOf('')).toBeUndefined();
  });
});

const reference = path.resolve(import.meta.dirname, '../../../shared/kubernetes/swagger-v1.36.json');

interface ReferenceField {
  readonly $ref?: string;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
}

test.skipIf(!existsSync(reference))(
  'agrees with the reference document on fields, required flags and list rules',
  () => {
    const { definitions } = JSON.parse(readFileSync(reference, 'utf8')) as {
      definitions: Record<string, { properties?: Record<string, ReferenceField>; required?: readonly string[] }>;
    };
    for (const name of schemaNames()) {
      const type = typeNamed(name);
      const properties = definitions[name]?.properties ?? {};
      expect([...type.fields.keys()].toSorted(), name).toEqual(Object.keys(properties).toSorted());
      const required = [...type.fields.values()].filter((field) => field.required).map((field) => field.name);
      expect(required.toSorted(), name).toEqual([...(definitions[name]?.required ?? [])].toSorted());
      for (const [fieldName, property] of Object.entries(properties)) {
        const field = fieldOf(type, fieldName);
        expect(field?.listType, `${name}.${fieldName}`).toBe(property['x-kubernetes-list-type']);
        expect(field?.mapKeys, `${name}.${fieldName}`).toEqual(property['x-kubernetes-list-map-keys']);
        expect(field?.patchStrategies?.join(','), `${name}.${fieldName}`).toBe(property['x-kubernetes-patch-strategy']);
        expect(field?.mergeKey, `${name}.${fieldName}`).toBe(property['x-kubernetes-patch-merge-key']);
      }
    }
  },
);
