import type { ServedResource } from '@taffrail/resources/definition';
import { apiPaths, PATCH_TYPE } from './api-paths.ts';
import { typesOf } from './open-api-v3.ts';
import type { ApiOperation, ApiPath, QueryParameter } from './operation.ts';
import { PRETTY } from './query-parameters.ts';
import { type Dialect, type SchemaObject, typeSchemas } from './type-schemas.ts';

const V2: Dialect = {
  prefix: '#/definitions/',
  quantity: { type: 'string' },
  intOrString: { type: 'string', format: 'int-or-string' },
};

/** The OpenAPI v2 (swagger) document of everything the server knows; clients older than v3 read it. */
export function openApiV2(definitions: readonly ServedResource[], serverVersion: string): SchemaObject {
  const paths = definitions.flatMap((definition) => apiPaths(definition));
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: serverVersion },
    paths: Object.fromEntries(
      paths.toSorted((left, right) => (left.path < right.path ? -1 : 1)).map((path) => [path.path, pathItem(path)]),
    ),
    definitions: typeSchemas(typesOf(paths), definitions, V2),
  };
}

function pathItem({ variables, operations }: ApiPath): SchemaObject {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    parameters: [
      ...variables.map((name) => ({ name, in: 'path', required: true, type: 'string', uniqueItems: true })),
      queryParameter(PRETTY),
    ],
  };
}

function operationObject(operation: ApiOperation): SchemaObject {
  const { request, response } = operation;
  const answer = response === undefined ? { type: 'string' } : { $ref: `${V2.prefix}${response}` };
  return {
    consumes: request?.type === PATCH_TYPE ? PATCH_TYPES : ['*/*'],
    produces: ['application/json', 'application/yaml'],
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
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
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
