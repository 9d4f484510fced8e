import { assertNever } from '@taffrail/platform/assert';
import type { ServedResource } from '@taffrail/resources/definition';
import { apiPaths, rootPath } from './api-paths.ts';
import { takesPretty, type ApiOperation, type ApiPath, type QueryParameter } from './operation.ts';
import { PATCH_TYPE } from './operations.ts';
import { PRETTY } from './query-parameters.ts';
import { resourceListPath, type ServerPath } from './server-paths.ts';
import { type Dialect, type SchemaObject, typeSchemas } from './type-schemas.ts';

const V3: Dialect = {
  prefix: '#/components/schemas/',
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  besideReference: false,
};

const ANSWER_TYPES = ['application/json', 'application/yaml'];
const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** The OpenAPI v3 document of one group and version: its members' paths, and every type they need. */
export function openApiV3(
  members: readonly ServedResource[],
  definitions: readonly ServedResource[],
  serverVersion: string,
): SchemaObject {
  const [first] = members;
  const own = first === undefined ? [] : [resourceListPath(rootPath(first), first)];
  const paths = [...own, ...members.flatMap((definition) => apiPaths(definition))];
  return documentOf(paths, definitions, serverVersion);
}

/** The OpenAPI v3 document of a path that leads to an API: discovery, version. */
export function openApiV3OfServer(path: ServerPath, serverVersion: string): SchemaObject {
  return documentOf([path], [], serverVersion);
}

function documentOf(
  paths: readonly ApiPath[],
  definitions: readonly ServedResource[],
  serverVersion: string,
): SchemaObject {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion },
    paths: Object.fromEntries(
      paths.toSorted((left, right) => (left.path < right.path ? -1 : 1)).map((path) => [path.path, pathItem(path)]),
    ),
    components: { schemas: typeSchemas(typesOf(paths), definitions, V3) },
  };
}

/** Every type that stands in a path's requests and answers. */
export function typesOf(paths: readonly ApiPath[]): ReadonlySet<string> {
  const types = paths.flatMap(({ operations }) =>
    operations.flatMap(({ request, response }) => [request?.type, response]),
  );
  return new Set(types.filter((type) => type !== undefined));
}

function pathItem(path: ApiPath): SchemaObject {
  const { variables, operations } = path;
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    parameters: [
      ...variables.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } })),
      ...(takesPretty(path) ? [queryParameter(PRETTY)] : []),
    ],
  };
}

function operationObject(operation: ApiOperation): SchemaObject {
  const { request, response } = operation;
  const answer = response === undefined ? textContent(operation) : content(answerTypes(operation), response);
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    ...(operation.query.length === 0
      ? {}
      : { parameters: operation.query.map((parameter) => queryParameter(parameter)) }),
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            content: content(request.type === PATCH_TYPE ? PATCH_TYPES : BODY_TYPES, request.type),
            ...(request.required ? { required: true } : {}),
          },
        }),
    responses: {
      '200': { description: 'OK', content: answer },
      ...(operation.statuses.includes(201) ? { '201': { description: 'Created', content: answer } } : {}),
      ...(operation.statuses.includes(202) ? { '202': { description: 'Accepted', content: answer } } : {}),
      '401': { description: 'Unauthorized' },
    },
    ...(operation.target === undefined
      ? {}
      : {
          'x-kubernetes-action': operation.target.action,
          'x-kubernetes-group-version-kind': operation.target.kind,
        }),
  };
}

function queryParameter({ name, type }: QueryParameter): SchemaObject {
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

function content(mediaTypes: readonly string[], type: string): SchemaObject {
  const schema = { $ref: `${V3.prefix}${type}` };
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}

function answerTypes({ content: passes }: ApiOperation): readonly string[] {
  switch (passes) {
    case 'list':
      return [...ANSWER_TYPES, 'application/json;stream=watch'];
    case 'version':
      return ['application/json'];
    case 'object':
    case 'discovery':
    case 'log':
    case 'connection':
      return ANSWER_TYPES;
    default:
      return assertNever(passes);
  }
}

function textContent({ content: passes }: ApiOperation): SchemaObject {
  return { [passes === 'log' ? 'text/plain' : '*/*']: { schema: { type: 'string' } } };
}
