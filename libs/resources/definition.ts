import type { Cell } from './cell.ts';
import type { Conversion } from './conversion.ts';
import type { FieldError } from './field-error.ts';
import type { MutableJsonObject } from './json.ts';
import type { KubeObject } from './object.ts';

/** How a resource is kept; fixed when the resource is created (design: three ways to be stored). */
export type StorageClass = 'forever' | 'window' | 'latest';

export type ResourceVerb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface SubresourceDefinition {
  readonly name: string;
  readonly kind: string;
  /** Group and version of the subresource's kind when they differ from the resource's (scale, eviction). */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly ('get' | 'update' | 'patch' | 'create' | 'delete')[];
}

/** One column of a Table answer. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: string;
  readonly priority: number;
  readonly description: string;
}

/** What Kubernetes calls a "strategy": the rules of a kind, pure. Objects are parsed JSON without resourceVersion. */
export interface ResourceRules {
  /** Fills defaults in place. Runs on every create and update, after decoding. */
  applyDefaults(object: MutableJsonObject): void;
  /** Drops what a client may not set on create (status), sets initial status and generation. In place, before validation. */
  prepareForCreate(object: MutableJsonObject): void;
  /**
   * Carries over what this (sub)resource update may not change; raises `metadata.generation` when the spec changed.
   * `subresource` is '' for the main resource. In place on `next`.
   */
  prepareForUpdate(next: MutableJsonObject, previous: KubeObject, subresource: string): void;
  validateCreate(object: KubeObject): readonly FieldError[];
  validateUpdate(next: KubeObject, previous: KubeObject, subresource: string): readonly FieldError[];
  /** Warnings (HTTP `Warning: 299`) for an object as it was written, in place of `previous` where it was there before. */
  warnings(object: KubeObject, previous?: KubeObject, subresource?: string): readonly string[];
  /** Extra field-selector fields beside metadata.name and metadata.namespace, e.g. `spec.nodeName`. */
  selectableFields(object: KubeObject): Readonly<Record<string, string>>;
  /** Names of those fields, for refusing others. */
  readonly selectableFieldNames: readonly string[];
  /** Cells of one Table row, in the order of `columns`. */
  tableCells(object: KubeObject): readonly Cell[];
}

/** What clients are told of a resource: enough for discovery, OpenAPI and to read a body of it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  /** Plural lower-case name, e.g. `configmaps`. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly ResourceVerb[];
  readonly subresources: readonly SubresourceDefinition[];
  /** Name of the kind's schema in the schema table, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
}

/** Everything the server knows of a resource whose objects it keeps. */
export interface ResourceDefinition extends ServedResource {
  readonly storage: StorageClass;
  /** Its objects are written down encrypted, each with a key of its own that can be destroyed (ADR 6). */
  readonly encrypted: boolean;
  readonly columns: readonly TableColumn[];
  readonly rules: ResourceRules;
  /** For a version whose objects are stored as another's. */
  readonly conversion?: Conversion;
}

/** Whether a resource's objects are kept; others are answered on the spot (reviews, bindings). */
export function isStored(resource: ServedResource): resource is ResourceDefinition {
  return 'storage' in resource;
}
