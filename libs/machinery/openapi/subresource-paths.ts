import type { ServedResource, SubresourceDefinition } from '@taffrail/resources/definition';
import type { ApiOperation, ApiPath, KindName, OperationMethod, QueryParameter } from './operation.ts';
import { capital, named, typeName, withArticle } from './operation-names.ts';
import { patchOperation, readOperation, replaceOperation } from './operations.ts';
import { CONNECT_PARAMETERS, LOG_PARAMETERS, WRITE_PARAMETERS } from './query-parameters.ts';

/** The paths of a resource's subresources, below the path of one object. */
export function subresourcePaths(definition: ServedResource, object: string): readonly ApiPath[] {
  const variables = definition.namespaced ? (['name', 'namespace'] as const) : (['name'] as const);
  return definition.subresources.flatMap((subresource): readonly ApiPath[] => {
    const path = `${object}/${subresource.name}`;
    const connected = CONNECT_PARAMETERS.get(subresource.name);
    if (connected === undefined) return [{ path, variables, operations: objectOperations(definition, subresource) }];
    const own = { path, variables, operations: connections(definition, subresource, connected, '') };
    if (subresource.name !== 'proxy') return [own];
    const below = connections(definition, subresource, connected, 'WithPath');
    return [own, { path: `${path}/{path}`, variables: [...variables, 'path'], operations: below }];
  });
}

function kindOf(definition: ServedResource, subresource: SubresourceDefinition): KindName {
  return {
    group: subresource.group ?? definition.group,
    version: subresource.version ?? definition.version,
    kind: subresource.kind,
  };
}

function connections(
  definition: ServedResource,
  subresource: SubresourceDefinition,
  query: readonly QueryParameter[],
  suffix: string,
): readonly ApiOperation[] {
  const { name } = subresource;
  const methods: readonly OperationMethod[] =
    name === 'proxy' ? ['delete', 'get', 'head', 'options', 'patch', 'post', 'put'] : ['get', 'post'];
  return methods.map((method) => ({
    ...named(
      definition,
      'connect',
      { verb: 'connect', suffix: `${capital(name)}${suffix}`, method: capital(method) },
      `connect ${method.toUpperCase()} requests to ${name} of ${definition.kind}`,
      kindOf(definition, subresource),
    ),
    method,
    content: 'connection' as const,
    query,
    statuses: [],
  }));
}

function objectOperations(definition: ServedResource, subresource: SubresourceDefinition): readonly ApiOperation[] {
  const { name, verbs } = subresource;
  const kind = kindOf(definition, subresource);
  const of = { name, kind };
  const whose = `of the specified ${definition.kind}`;
  const type = subresource.kind === definition.kind ? definition.schema : typeName(kind);
  const operations: ApiOperation[] = [];
  if (verbs.includes('get')) {
    const read = readOperation(definition, `read ${name} ${whose}`, name === 'log' ? undefined : type, of);
    operations.push(name === 'log' ? { ...read, content: 'log', query: LOG_PARAMETERS } : read);
  }
  if (verbs.includes('update')) {
    operations.push(replaceOperation(definition, `replace ${name} ${whose}`, type, of));
  }
  if (verbs.includes('patch')) {
    operations.push(patchOperation(definition, `partially update ${name} ${whose}`, type, of));
  }
  if (verbs.includes('create')) {
    const description = `create ${name} of ${withArticle(definition.kind)}`;
    operations.push({
      ...named(definition, 'post', { verb: 'create', suffix: capital(name) }, description, kind),
      method: 'post',
      content: 'object',
      query: WRITE_PARAMETERS,
      request: { type, required: true },
      response: type,
      statuses: [201, 202],
    });
  }
  return operations;
}
