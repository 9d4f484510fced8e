import { fullName } from '@taffrail/resources/schema-text';
import type { SchemaObject } from './type-schemas.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const RUNTIME = 'io.k8s.apimachinery.pkg.runtime';
const CRD = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

const ANYTHING: SchemaObject = Object.freeze({});
const ANY_OBJECT: SchemaObject = Object.freeze({ type: 'object' });

const BUILD = [
  'major',
  'minor',
  'gitVersion',
  'gitCommit',
  'gitTreeState',
  'buildDate',
  'goVersion',
  'compiler',
  'platform',
];
const LEVELS = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor'];

/** Types that have a name in Kubernetes' documents and no entry in the schema table: they are of no fixed shape, or are answers only. */
export const FREE_FORM_TYPES: ReadonlyMap<string, SchemaObject> = new Map([
  [`${RUNTIME}.RawExtension`, ANY_OBJECT],
  [`${META}.FieldsV1`, ANY_OBJECT],
  [`${META}.Patch`, ANY_OBJECT],
  [`${CRD}.JSON`, ANYTHING],
  [`${CRD}.JSONSchemaPropsOrArray`, ANYTHING],
  [`${CRD}.JSONSchemaPropsOrBool`, ANYTHING],
  [`${CRD}.JSONSchemaPropsOrStringArray`, ANYTHING],
  [`${CRD}.CustomResourceSubresourceStatus`, ANY_OBJECT],
  [
    'io.k8s.apimachinery.pkg.version.Info',
    {
      type: 'object',
      properties: Object.fromEntries([...BUILD, ...LEVELS].toSorted().map((name) => [name, { type: 'string' }])),
      required: BUILD.toSorted(),
    },
  ],
]);

const HOLDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'meta.v1.ManagedFieldsEntry': { fieldsV1: `${META}.FieldsV1` },
  'meta.v1.WatchEvent': { object: `${RUNTIME}.RawExtension` },
  'apps.v1.ControllerRevision': { data: `${RUNTIME}.RawExtension` },
  'resource.v1.AllocatedDeviceStatus': { data: `${RUNTIME}.RawExtension` },
  'resource.v1beta1.AllocatedDeviceStatus': { data: `${RUNTIME}.RawExtension` },
  'resource.v1beta2.AllocatedDeviceStatus': { data: `${RUNTIME}.RawExtension` },
  'resource.v1.OpaqueDeviceConfiguration': { parameters: `${RUNTIME}.RawExtension` },
  'resource.v1beta1.OpaqueDeviceConfiguration': { parameters: `${RUNTIME}.RawExtension` },
  'resource.v1beta2.OpaqueDeviceConfiguration': { parameters: `${RUNTIME}.RawExtension` },
  'apiextensions.v1.CustomResourceSubresources': { status: `${CRD}.CustomResourceSubresourceStatus` },
  'apiextensions.v1.JSONSchemaProps': {
    additionalItems: `${CRD}.JSONSchemaPropsOrBool`,
    additionalProperties: `${CRD}.JSONSchemaPropsOrBool`,
    default: `${CRD}.JSON`,
    dependencies: `${CRD}.JSONSchemaPropsOrStringArray`,
    enum: `${CRD}.JSON`,
    example: `${CRD}.JSON`,
    items: `${CRD}.JSONSchemaPropsOrArray`,
  },
};

const byFullName = new Map(Object.entries(HOLDERS).map(([name, fields]) => [fullName(name), fields]));

/** The named type of a field of no fixed shape; undefined where Kubernetes gives it none. */
export function freeFormType(holder: string, field: string): string | undefined {
  return byFullName.get(holder)?.[field];
}
