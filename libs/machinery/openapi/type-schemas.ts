import { assertNever } from '@taffrail/platform/assert';
import type { ServedResource } from '@taffrail/resources/definition';
import { type FieldSchema, schemaOf, type TypeSchema, type ValueSchema } from '@taffrail/resources/schema';
import { freeFormType, FREE_FORM_TYPES } from './free-form-types.ts';
import type { KindName } from './operation.ts';
import { listTypeName } from './operation-names.ts';

/** A JSON schema as it stands in a document. */
export type SchemaObject = Readonly<Record<string, unknown>>;

/** How a version of OpenAPI writes what they write differently. */
export interface Dialect {
  /** What a type's name is put behind to refer to it. */
  readonly prefix: string;
  /** The schema of a value that is a number or a text. */
  readonly quantity: SchemaObject;
  readonly intOrString: SchemaObject;
  /** Whether what stands beside a reference counts (v2), or the reference has to stand apart from it (v3). */
  readonly besideReference: boolean;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const TIME = `${META}.Time`;
const MICRO_TIME = `${META}.MicroTime`;
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const LIST_META = `${META}.ListMeta`;

/**
 * The schemas of every type that `roots` refer to, directly or not, by full name. Kinds that can be sent carry their
 * group, version and kind, by which kubectl finds them.
 */
export function typeSchemas(
  roots: Iterable<string>,
  definitions: readonly ServedResource[],
  dialect: Dialect,
): Readonly<Record<string, SchemaObject>> {
  const kinds = new Map<string, readonly KindName[]>();
  const lists = new Map<string, ServedResource>();
  for (const definition of definitions) {
    const { group, version, kind, schema, listKind } = definition;
    kinds.set(schema, [{ group, version, kind }]);
    kinds.set(listTypeName(definition), [{ group, version, kind: listKind }]);
    lists.set(listTypeName(definition), definition);
  }
  const schemas = new Map<string, SchemaObject>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (schemas.has(name)) continue;
    const writer = new SchemaWriter(dialect);
    const schema = writer.named(name, lists.get(name));
    const kind = kinds.get(name) ?? ownKind(name, definitions);
    schemas.set(name, kind === undefined ? schema : { ...schema, 'x-kubernetes-group-version-kind': kind });
    pending.push(...writer.references);
  }
  return Object.fromEntries([...schemas].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Kinds that are no resources but can be sent or answered; those every group and version has are named for each. */
function ownKind(name: string, definitions: readonly ServedResource[]): readonly KindName[] | undefined {
  const [version = '', kind = ''] = name.split('.').slice(-2);
  if (name.startsWith(`${META}.`)) {
    if (COMMON_KINDS.includes(kind)) return everywhere(kind, definitions);
    return SERVER_KINDS.includes(kind) ? [{ group: '', version, kind }] : undefined;
  }
  const fields = schemaOf(name)?.fields;
  if (fields?.has('apiVersion') !== true || !fields.has('metadata')) return undefined;
  const [group = ''] = name.split('.').slice(-3);
  return [{ group: GROUPS[group] ?? group, version, kind }];
}

const COMMON_KINDS: readonly string[] = ['DeleteOptions', 'WatchEvent'];
const SERVER_KINDS: readonly string[] = ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'Status'];

/** Groups of subresources' kinds, whose types carry only the beginning of the name. */
const GROUPS: Readonly<Record<string, string>> = { core: '', authentication: 'authentication.k8s.io' };

function everywhere(kind: string, definitions: readonly ServedResource[]): readonly KindName[] {
  const versions = new Map(definitions.map(({ group, version }) => [`${group}/${version}`, { group, version, kind }]));
  versions.set('/v1', { group: '', version: 'v1', kind });
  return [...versions.keys()].toSorted().flatMap((key) => versions.get(key) ?? []);
}

class SchemaWriter {
  /** The types that were referred to. */
  readonly references = new Set<string>();
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  named(name: string, list: ServedResource | undefined): SchemaObject {
    if (list !== undefined) return this.#list(list);
    switch (name) {
      case TIME:
      case MICRO_TIME:
        return { type: 'string', format: 'date-time' };
      case QUANTITY:
        return this.#dialect.quantity;
      case INT_OR_STRING:
        return this.#dialect.intOrString;
      default: {
        const free = FREE_FORM_TYPES.get(name);
        if (free !== undefined) return free;
        const type = schemaOf(name);
        // Patches and raw extensions are objects of any shape.
        return type === undefined ? { type: 'object' } : this.#type(type);
      }
    }
  }

  #type(type: TypeSchema): SchemaObject {
    const fields = [...type.fields.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
    const required = fields.filter((field) => field.required).map((field) => field.name);
    return {
      type: 'object',
      ...(fields.length === 0
        ? {}
        : { properties: Object.fromEntries(fields.map((field) => [field.name, this.#field(type.name, field)])) }),
      ...(required.length === 0 ? {} : { required }),
      ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  }

  #field(holder: string, field: FieldSchema): SchemaObject {
    const value = this.#value(field.value, freeFormType(holder, field.name));
    const notes: SchemaObject = {
      ...(field.listType === undefined ? {} : { 'x-kubernetes-list-type': field.listType }),
      ...(field.mapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': field.mapKeys }),
      ...(field.atomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(field.granular === true ? { 'x-kubernetes-map-type': 'granular' } : {}),
      ...(field.patchStrategies === undefined
        ? {}
        : { 'x-kubernetes-patch-strategy': field.patchStrategies.join(',') }),
      ...(field.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.mergeKey }),
    };
    const apart = !this.#dialect.besideReference && '$ref' in value && Object.keys(notes).length > 0;
    return { ...(apart ? { allOf: [value] } : value), ...notes };
  }

  /** `free` names the type of whatever is of no fixed shape inside. */
  #value(value: ValueSchema, free?: string): SchemaObject {
    switch (value.type) {
      case 'string':
        return { type: 'string', ...(value.enum === undefined ? {} : { enum: value.enum }) };
      case 'bytes':
        return { type: 'string', format: 'byte' };
      case 'integer':
        return { type: 'integer', format: `int${value.bits}` };
      case 'number':
        return { type: 'number', format: 'double' };
      case 'boolean':
        return { type: 'boolean' };
      case 'time':
        return this.#reference(TIME);
      case 'micro-time':
        return this.#reference(MICRO_TIME);
      case 'quantity':
        return this.#reference(QUANTITY);
      case 'int-or-string':
        return this.#reference(INT_OR_STRING);
      case 'object':
        return this.#reference(value.ref);
      case 'any':
        if (free !== undefined) return this.#reference(free);
        return value.scalarsToo === true ? {} : { type: 'object' };
      case 'list':
        return { type: 'array', items: this.#value(value.items, free) };
      case 'map':
        return { type: 'object', additionalProperties: this.#value(value.values, free) };
      default:
        return assertNever(value);
    }
  }

  #list(definition: ServedResource): SchemaObject {
    return {
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        items: { type: 'array', items: this.#reference(definition.schema) },
        kind: { type: 'string' },
        metadata: this.#reference(LIST_META),
      },
      required: ['items'],
    };
  }

  #reference(name: string): SchemaObject {
    this.references.add(name);
    return { $ref: `${this.#dialect.prefix}${name}` };
  }
}
