import { field, FLAG, listOf, mapOf, message, TEXT, YAML, type MessageShape, type Shape } from './shape.ts';

const schema: MessageShape = message(
  () => ({
    $ref: field(TEXT, 1),
    format: field(TEXT, 2),
    description: field(TEXT, 4),
    required: field(listOf(TEXT), 19),
    enum: field(listOf(YAML), 20),
    additionalProperties: field(schema, 21, 1),
    type: field(TEXT, 22, 1),
    items: field(schema, 23, 1),
    properties: field(mapOf(schema), 25, 1),
  }),
  31,
);

const bodyParameter = message(() => ({
  name: field(TEXT, 2),
  in: field(TEXT, 3),
  required: field(FLAG, 4),
  schema: field(schema, 5),
}));

const queryParameter = message(() => ({
  required: field(FLAG, 1),
  in: field(TEXT, 2),
  name: field(TEXT, 4),
  type: field(TEXT, 6),
  uniqueItems: field(FLAG, 20),
}));

const pathParameter = message(() => ({
  required: field(FLAG, 1),
  in: field(TEXT, 2),
  name: field(TEXT, 4),
  type: field(TEXT, 5),
  uniqueItems: field(FLAG, 19),
}));

/** A parameter lies inside what says where it is sent. */
const parameter: Shape = {
  type: 'choice',
  choose({ in: place }) {
    if (place === 'body') return { type: 'within', numbers: [1, 1], inner: bodyParameter };
    return place === 'query'
      ? { type: 'within', numbers: [1, 2, 3], inner: queryParameter }
      : { type: 'within', numbers: [1, 2, 4], inner: pathParameter };
  },
};

const response: Shape = {
  type: 'within',
  numbers: [1],
  inner: message(() => ({ description: field(TEXT, 1), schema: field(schema, 2, 1) })),
};

const operation = message(
  () => ({
    tags: field(listOf(TEXT), 1),
    description: field(TEXT, 3),
    operationId: field(TEXT, 5),
    produces: field(listOf(TEXT), 6),
    consumes: field(listOf(TEXT), 7),
    parameters: field(listOf(parameter), 8),
    responses: field(mapOf(response), 9, 1),
    schemes: field(listOf(TEXT), 10),
  }),
  13,
);

const pathItem = message(() => ({
  get: field(operation, 2),
  put: field(operation, 3),
  post: field(operation, 4),
  delete: field(operation, 5),
  options: field(operation, 6),
  head: field(operation, 7),
  patch: field(operation, 8),
  parameters: field(listOf(parameter), 9),
}));

const apiKey = message(() => ({ type: field(TEXT, 1), name: field(TEXT, 2), in: field(TEXT, 3) }));

/** Schemes by name, each with the scopes it asks for. */
const securityRequirement: Shape = {
  type: 'within',
  numbers: [1],
  inner: mapOf({ type: 'within', numbers: [1], inner: listOf(TEXT) }),
};

/** An OpenAPI v2 document as `openapi.v2.Document`: field numbers of gnostic's OpenAPIv2.proto. */
export const DOCUMENT_V2: MessageShape = message(() => ({
  swagger: field(TEXT, 1),
  info: field(
    message(() => ({ title: field(TEXT, 1), version: field(TEXT, 2) })),
    2,
  ),
  paths: field(mapOf(pathItem), 8, 2),
  definitions: field(mapOf(schema), 9, 1),
  security: field(listOf(securityRequirement), 12),
  securityDefinitions: field(mapOf({ type: 'within', numbers: [2], inner: apiKey }), 13, 1),
}));
