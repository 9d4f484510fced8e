import { assertNever } from '@taffrail/platform/assert';
import type { ServedResource } from '@taffrail/resources/definition';
import { apiPaths, rootPath } from './api-paths.ts';
import { typesOf } from './open-api-v3.ts';
import { takesPretty, type ApiOperation, type ApiPath, type QueryParameter } from './operation.ts';
import { PATCH_TYPE } from './operations.ts';
import { PRETTY } from './query-parameters.ts';
import { resourceListPath, serverPaths } from './server-paths.ts';
import { type Dialect, type SchemaObject, typeSchemas } from './type-schemas.ts';

const V2: Dialect = {
  prefix: '#/definitions/',
  quantity: { type: 'string' },
  intOrString: { type: 'string', format: 'int-or-string' },
  besideReference: true,
};

/** The OpenAPI v2 (swagger) document of everything the server knows; clients older than v3 read it. */
export function openApiV2(definitions: readonly ServedResource[], serverVersion: string): SchemaObject {
  const versions = new Map(definitions.map((definition) => [rootPath(definition), definition]));
  const paths = [
    ...serverPaths(definitions),
    ...[...versions].map(([root, definition]) => resourceListPath(root, definition)),
    ...definitions.flatMap((definition) => apiPaths(definition)),
  ];
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: serverVersion },
    security: [{ BearerToken: [] }],
    securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    paths: Object.fromEntries(
      paths.toSorted((left, right) => (left.path < right.path ? -1 : 1)).map((path) => [path.path, pathItem(path)]),
    ),
    definitions: typeSchemas(typesOf(paths), definitions, V2),
  };
}

function pathItem(path: ApiPath): SchemaObject {
  const { variables, operations } = path;
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    parameters: [
      ...variables.map((name) => ({ name, in: 'path', required: true, type: 'string', uniqueItems: true })),
      ...(takesPretty(path) ? [queryParameter(PRETTY)] : []),
    ],
  };
}

function operationObject(operation: ApiOperation): SchemaObject {
  const { request, response } = operation;
  const answer = response === undefined ? { type: 'string' } : { $ref: `${V2.prefix}${response}` };
  return {
    consumes: consumed(operation),
    produces: produced(operation),
    schemes: ['https'],
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    parameters: [
      ...(request === undefined
        ? []
        : [
            {
              name: 'body',
              in: 'body',
              ...(request.required ? { required: true } : {}),
              schema: { $ref: `${V2.prefix}${request.type}` },
            },
          ]),
      ...operation.query.map((parameter) => queryParameter(parameter)),
    ],
    responses: {
      '200': { description: 'OK', schema: answer },
      ...(operation.statuses.includes(201) ? { '201': { description: 'Created', schema: answer } } : {}),
      ...(operation.statuses.includes(202) ? { '202': { description: 'Accepted', schema: answer } } : {}),
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

const ANSWER_TYPES = ['application/json', 'application/yaml'];

function produced({ content }: ApiOperation): readonly string[] {
  switch (content) {
    case 'object':
    case 'discovery':
      return ANSWER_TYPES;
    case 'list':
      return [...ANSWER_TYPES, 'application/json;stream=watch'];
    case 'log':
      return ['text/plain', ...ANSWER_TYPES];
    case 'version':
      return ['application/json'];
    case 'connection':
      return ['*/*'];
    default:
      return assertNever(content);
  }
}

function consumed({ content, request }: ApiOperation): readonly string[] {
  if (content === 'discovery') return ANSWER_TYPES;
  if (content === 'version') return ['application/json'];
  return request?.type === PATCH_TYPE ? PATCH_TYPES : ['*/*'];
}

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

function queryParameter({ name, type }: QueryParameter): SchemaObject {
  return { name, in: 'query', type, uniqueItems: true };
}
