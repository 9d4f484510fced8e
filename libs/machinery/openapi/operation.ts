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
export type OperationAction =
  | 'get'
  | 'list'
  | 'watch'
  | 'watchlist'
  | 'post'
  | 'put'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'connect';

export type OperationMethod = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options';

/** What passes between client and server: objects as JSON or YAML, and more where an operation is not about one object. */
export type OperationContent = 'object' | 'list' | 'log' | 'connection' | 'discovery' | 'version';

/** One operation, in the terms both versions of OpenAPI are written from. */
export interface ApiOperation {
  readonly method: OperationMethod;
  readonly content: OperationContent;
  /** What it does to which kind; absent for what is about no kind (discovery, version). */
  readonly target?: { readonly action: OperationAction; readonly kind: KindName };
  readonly id: string;
  readonly description: string;
  readonly tag: string;
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
  readonly variables: readonly ('namespace' | 'name' | 'path')[];
  readonly operations: readonly ApiOperation[];
}

/** Whether a path's operations take `pretty`: connections pass their query on, and discovery has none. */
export function takesPretty({ operations }: ApiPath): boolean {
  return operations.every(({ content }) => content === 'object' || content === 'list' || content === 'log');
}
