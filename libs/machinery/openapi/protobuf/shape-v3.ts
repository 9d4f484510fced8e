import { field, FLAG, listOf, mapOf, message, TEXT, YAML, type MessageShape, type Shape } from './shape.ts';

/** A schema, or where one is to be found. */
const schema: Shape = {
  type: 'choice',
  choose: (value) => ('$ref' in value ? within(reference, 2) : within(ownSchema, 1)),
};

function within(inner: Shape, ...numbers: readonly number[]): Shape {
  return { type: 'within', numbers, inner };
}

/** What stands beside a `$ref` has no place in this form. */
const reference = message(() => ({ $ref: field(TEXT, 1) }));

const ownSchema: MessageShape = message(
  () => ({
    uniqueItems: field(FLAG, 20),
    required: field(listOf(TEXT), 23),
    enum: field(listOf(YAML), 24),
    type: field(TEXT, 25),
    allOf: field(listOf(schema), 26),
    oneOf: field(listOf(schema), 27),
    items: field(schema, 30, 1),
    properties: field(mapOf(schema), 31, 1),
    additionalProperties: field(schema, 32, 1),
    format: field(TEXT, 35),
  }),
  36,
);

const content = mapOf(message(() => ({ schema: field(schema, 1) })));

const parameter = within(
  message(() => ({
    name: field(TEXT, 1),
    in: field(TEXT, 2),
    required: field(FLAG, 4),
    schema: field(schema, 10),
  })),
  1,
);

const requestBody = message(() => ({ content: field(content, 2, 1), required: field(FLAG, 3) }));
const response = within(
  message(() => ({ description: field(TEXT, 1), content: field(content, 3, 1) })),
  1,
);

const operation = message(
  () => ({
    tags: field(listOf(TEXT), 1),
    description: field(TEXT, 3),
    operationId: field(TEXT, 5),
    parameters: field(listOf(parameter), 6),
    requestBody: field(requestBody, 7, 1),
    responses: field(mapOf(response), 8, 2),
  }),
  13,
);

const pathItem = message(() => ({
  get: field(operation, 4),
  put: field(operation, 5),
  post: field(operation, 6),
  delete: field(operation, 7),
  options: field(operation, 8),
  head: field(operation, 9),
  patch: field(operation, 10),
  parameters: field(listOf(parameter), 13),
}));

/** An OpenAPI v3 document as `openapi.v3.Document`: field numbers of gnostic's OpenAPIv3.proto. */
export const DOCUMENT_V3: MessageShape = message(() => ({
  openapi: field(TEXT, 1),
  info: field(
    message(() => ({ title: field(TEXT, 1), version: field(TEXT, 6) })),
    2,
  ),
  paths: field(mapOf(pathItem), 4, 1),
  components: field(
    message(() => ({ schemas: field(mapOf(schema), 1, 1) })),
    5,
  ),
}));
