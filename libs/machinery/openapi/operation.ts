/** Group, version and kind, as extensions name them. */
export interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A query parameter of an operation. */
export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
}

/** What an operation does, in Kubernetes' words (`x-kubernetes-action`). */
export type OperationAction = 'get' | 'list' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection' | 'connect';

/** One operation, in the terms both versions of OpenAPI are written from. */
export interface ApiOperation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly action: OperationAction;
  readonly id: string;
  readonly description: string;
  readonly tag: string;
  readonly kind: KindName;
  readonly query: readonly QueryParameter[];
  /** Full name of the body's type. */
  readonly request?: { readonly type: string; readonly required: boolean };
  /** Full name of the answer's type; absent for text and streams. */
  readonly response?: string;
  /** Statuses beside 200 and 401 that carry the same answer. */
  readonly statuses: readonly (201 | 202)[];
}

/** A path and what can be done there. */
export interface ApiPath {
  readonly path: string;
  /** Parameters in the path, e.g. `namespace`. */
  readonly variables: readonly ('namespace' | 'name')[];
  readonly operations: readonly ApiOperation[];
}
