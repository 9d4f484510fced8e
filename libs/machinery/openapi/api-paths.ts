import type { ServedResource } from '@taffrail/resources/definition';
import { answersDeletedObject } from '@taffrail/resources/deleted-answers';
import type { ApiOperation, ApiPath } from './operation.ts';
import { listTypeName, named, withArticle } from './operation-names.ts';
import { DELETE_OPTIONS_TYPE, patchOperation, readOperation, replaceOperation, STATUS_TYPE } from './operations.ts';
import {
  DELETE_COLLECTION_PARAMETERS,
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
  WRITE_PARAMETERS,
} from './query-parameters.ts';
import { subresourcePaths } from './subresource-paths.ts';
import { watchPaths } from './watch-paths.ts';

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
    ...subresourcePaths(definition, `${collection}/{name}`),
    ...watchPaths(definition, root),
  ];
  if (definition.namespaced && definition.verbs.includes('list')) {
    paths.push({
      path: `${root}/${definition.resource}`,
      variables: [],
      operations: [listOperation(definition, true)],
    });
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
  if (verbs.includes('list')) operations.push(listOperation(definition, false));
  if (verbs.includes('create')) {
    operations.push({
      ...named(definition, 'post', { verb: 'create' }, `create ${withArticle(kind)}`),
      method: 'post',
      content: 'object',
      query: WRITE_PARAMETERS,
      request: { type: schema, required: true },
      response: schema,
      statuses: [201, 202],
    });
  }
  if (verbs.includes('deletecollection')) {
    operations.push({
      ...named(definition, 'deletecollection', { verb: 'deleteCollection' }, `delete collection of ${kind}`),
      method: 'delete',
      content: 'object',
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
      ...named(definition, 'delete', { verb: 'delete' }, `delete ${withArticle(kind)}`),
      method: 'delete',
      content: 'object',
      query: DELETE_PARAMETERS,
      request: { type: DELETE_OPTIONS_TYPE, required: false },
      response: answersDeletedObject(definition) ? schema : STATUS_TYPE,
      statuses: [202],
    });
  }
  return operations;
}

function listOperation(definition: ServedResource, everywhere: boolean): ApiOperation {
  const action = definition.verbs.includes('watch') ? 'list or watch' : 'list';
  return {
    ...named(definition, 'list', { verb: 'list', everywhere }, `${action} objects of kind ${definition.kind}`),
    method: 'get',
    content: 'list',
    query: LIST_PARAMETERS,
    response: listTypeName(definition),
    statuses: [],
  };
}
