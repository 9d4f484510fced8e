import type { ServedResource, SubresourceDefinition } from '@taffrail/resources/definition';
import { fullName } from '@taffrail/resources/schema-text';
import type { ApiOperation, ApiPath, KindName } from './operation.ts';
import {
  DELETE_COLLECTION_PARAMETERS,
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
  LOG_PARAMETERS,
  PATCH_PARAMETERS,
  WRITE_PARAMETERS,
} from './query-parameters.ts';

export const PATCH_TYPE = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';
export const STATUS_TYPE = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';
export const DELETE_OPTIONS_TYPE = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** The paths a resource is served at, with its subresources. */
export function apiPaths(definition: ServedResource): readonly ApiPath[] {
  const root = rootPath(definition);
  const collection = definition.namespaced
    ? `${root}/namespaces/{namespace}/${definition.resource}`
    : `${root}/${definition.resource}`;
  const scope = definition.namespaced ? (['namespace'] as const) : [];
  const paths: ApiPath[] = [
    { path: collection, variables: scope, operations: collectionOperations(definition) },
    { path: `${collection}/{name}`, variables: ['name', ...scope], operations: objectOperations(definition) },
    ...definition.subresources.map((subresource): ApiPath => ({
      path: `${collection}/{name}/${subresource.name}`,
      variables: ['name', ...scope],
      operations: subresourceOperations(definition, subresource),
    })),
  ];
  if (definition.namespaced && definition.verbs.includes('list')) {
    const { group, version, kind } = definition;
    const id = `list${groupName(group)}${capital(version)}${kind}ForAllNamespaces`;
    paths.push({ path: `${root}/${definition.resource}`, variables: [], operations: [listOperation(definition, id)] });
  }
  return paths.filter(({ operations }) => operations.length > 0);
}

/** `/api/v1` or `/apis/{group}/{version}`. */
export function rootPath({ group, version }: Pick<ServedResource, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

function collectionOperations(definition: ServedResource): readonly ApiOperation[] {
  const operations: ApiOperation[] = [];
  const { verbs, kind, schema } = definition;
  if (verbs.includes('list')) operations.push(listOperation(definition, operationId('list', definition)));
  if (verbs.includes('create')) {
    operations.push({
      ...base(definition, 'create', `create ${withArticle(kind)}`),
      method: 'post',
      action: 'post',
      query: WRITE_PARAMETERS,
      request: { type: schema, required: true },
      response: schema,
      statuses: [201, 202],
    });
  }
  if (verbs.includes('deletecollection')) {
    operations.push({
      ...base(definition, 'deleteCollection', `delete collection of ${kind}`),
      method: 'delete',
      action: 'deletecollection',
      query: DELETE_COLLECTION_PARAMETERS,
      request: { type: DELETE_OPTIONS_TYPE, required: false },
      response: STATUS_TYPE,
      statuses: [],
    });
  }
  return operations;
}

function objectOperations(definition: ServedResource): readonly ApiOperation[] {
  const operations: ApiOperation[] = [];
  const { verbs, kind, schema } = definition;
  if (verbs.includes('get')) operations.push(readOperation(definition, `read the specified ${kind}`, schema));
  if (verbs.includes('update')) operations.push(replaceOperation(definition, `replace the specified ${kind}`, schema));
  if (verbs.includes('patch')) {
    operations.push(patchOperation(definition, `partially update the specified ${kind}`, schema));
  }
  if (verbs.includes('delete')) {
    operations.push({
      ...base(definition, 'delete', `delete ${withArticle(kind)}`),
      method: 'delete',
      action: 'delete',
      query: DELETE_PARAMETERS,
      request: { type: DELETE_OPTIONS_TYPE, required: false },
      response: STATUS_TYPE,
      statuses: [202],
    });
  }
  return operations;
}

/** Streams and proxies, which Kubernetes calls connecting. */
const CONNECTED: readonly string[] = ['attach', 'exec', 'portforward', 'proxy'];

function subresourceOperations(
  definition: ServedResource,
  subresource: SubresourceDefinition,
): readonly ApiOperation[] {
  const { name, verbs } = subresource;
  const kind: KindName = {
    group: subresource.group ?? definition.group,
    version: subresource.version ?? definition.version,
    kind: subresource.kind,
  };
  const of = `of the specified ${definition.kind}`;
  if (CONNECTED.includes(name)) {
    return (['get', 'post'] as const)
      .filter((method) => verbs.includes(method === 'get' ? 'get' : 'create'))
      .map((method) => ({
        ...base(
          definition,
          'connect',
          `connect ${method.toUpperCase()} requests to ${name} of ${definition.kind}`,
          capital(name),
          capital(method),
        ),
        kind,
        method,
        action: 'connect' as const,
        query: [],
        statuses: [],
      }));
  }
  const type = subresource.kind === definition.kind ? definition.schema : typeName(kind);
  const operations: ApiOperation[] = [];
  if (verbs.includes('get')) {
    operations.push({
      ...readOperation(definition, `read ${name} ${of}`, name === 'log' ? undefined : type, name),
      query: name === 'log' ? LOG_PARAMETERS : [],
      kind,
    });
  }
  if (verbs.includes('update')) {
    operations.push({ ...replaceOperation(definition, `replace ${name} ${of}`, type, name), kind });
  }
  if (verbs.includes('patch')) {
    operations.push({ ...patchOperation(definition, `partially update ${name} ${of}`, type, name), kind });
  }
  if (verbs.includes('create')) {
    operations.push({
      ...base(definition, 'create', `create ${name} of ${withArticle(definition.kind)}`, capital(name)),
      kind,
      method: 'post',
      action: 'post',
      query: WRITE_PARAMETERS,
      request: { type, required: true },
      response: type,
      statuses: [201, 202],
    });
  }
  return operations;
}

function listOperation(definition: ServedResource, id: string): ApiOperation {
  return {
    ...base(definition, 'list', `list or watch objects of kind ${definition.kind}`),
    id,
    method: 'get',
    action: 'list',
    query: LIST_PARAMETERS,
    response: listTypeName(definition),
    statuses: [],
  };
}

function readOperation(
  definition: ServedResource,
  description: string,
  type: string | undefined,
  subresource = '',
): ApiOperation {
  return {
    ...base(definition, 'read', description, capital(subresource)),
    method: 'get',
    action: 'get',
    query: [],
    ...(type === undefined ? {} : { response: type }),
    statuses: [],
  };
}

function replaceOperation(
  definition: ServedResource,
  description: string,
  type: string,
  subresource = '',
): ApiOperation {
  return {
    ...base(definition, 'replace', description, capital(subresource)),
    method: 'put',
    action: 'put',
    query: WRITE_PARAMETERS,
    request: { type, required: true },
    response: type,
    statuses: [201],
  };
}

function patchOperation(definition: ServedResource, description: string, type: string, subresource = ''): ApiOperation {
  return {
    ...base(definition, 'patch', description, capital(subresource)),
    method: 'patch',
    action: 'patch',
    query: PATCH_PARAMETERS,
    request: { type: PATCH_TYPE, required: true },
    response: type,
    statuses: [201],
  };
}

function base(
  definition: ServedResource,
  verb: string,
  description: string,
  suffix = '',
  method = '',
): Pick<ApiOperation, 'id' | 'description' | 'tag' | 'kind'> {
  const { group, version, kind } = definition;
  const groupText = groupName(group);
  return {
    id: operationId(verb, definition, suffix, method),
    description,
    tag: `${groupText.charAt(0).toLowerCase()}${groupText.slice(1)}_${version}`,
    kind: { group, version, kind },
  };
}

/** E.g. `readCoreV1NamespacedPodStatus`; client generators name their functions after it. */
function operationId(
  verb: string,
  { group, version, kind, namespaced }: ServedResource,
  suffix = '',
  method = '',
): string {
  const place = `${groupName(group)}${capital(version)}`;
  const target = `${namespaced ? 'Namespaced' : ''}${kind}${suffix}`;
  return verb === 'deleteCollection' ? `delete${place}Collection${target}` : `${verb}${place}${method}${target}`;
}

/** `Core`, `Apps`, `RbacAuthorization`. */
function groupName(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map((part) => capital(part))
    .join('');
}

/** `a Pod`, `an Event`; kinds in the plural have none. */
function withArticle(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Full name of a built-in kind's type. */
function typeName({ group, version, kind }: KindName): string {
  return fullName(`${group === '' ? 'core' : group.split('.', 1)[0]}.${version}.${kind}`);
}

/** Full name of a resource's list type. */
export function listTypeName(definition: ServedResource): string {
  return `${definition.schema.slice(0, definition.schema.lastIndexOf('.'))}.${definition.listKind}`;
}
