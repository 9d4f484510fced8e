import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';

/** One difference between two OpenAPI v2 documents: where, and the two values as JSON (`absent` for none). */
export interface Difference {
  /** E.g. `definitions io.k8s.api.core.v1.Pod properties spec type`, `paths /api/v1/pods get operationId`. */
  readonly place: string;
  readonly expected: string;
  readonly found: string;
}

/** Everything in which `found` is not `expected`: every path, operation, parameter, type, field and extension. */
export function documentDifferences(expected: JsonObject, found: JsonObject): readonly Difference[] {
  return differences('', comparable(expected), comparable(found));
}

/** A document in a form in which two that mean the same are equal: lists that are sets in order, parameters in one place. */
function comparable(document: JsonObject): JsonObject {
  const shared = objectAt(document, 'parameters');
  const paths = Object.entries(objectAt(document, 'paths')).map(([path, item]): [string, JsonObject] => [
    path,
    comparablePath(item as JsonObject, shared),
  ]);
  const { parameters: _shared, info: _info, ...rest } = document;
  const definitions = Object.entries(objectAt(document, 'definitions')).map(([name, schema]): [string, JsonObject] => [
    name,
    comparableSchema(schema as JsonObject),
  ]);
  const security = Object.entries(objectAt(document, 'securityDefinitions')).map(
    ([name, one]): [string, JsonObject] => [name, withoutText(one as JsonObject)],
  );
  return {
    ...rest,
    paths: Object.fromEntries(paths),
    definitions: Object.fromEntries(definitions),
    securityDefinitions: Object.fromEntries(security),
  };
}

function comparablePath(item: JsonObject, shared: JsonObject): JsonObject {
  const common = listAt(item, 'parameters');
  const operations = Object.entries(item).filter(([method]) => method !== 'parameters');
  return Object.fromEntries(
    operations.map(([method, operation]) => {
      const { description, ...rest } = operation as JsonObject;
      const parameters = [...common, ...listAt(operation as JsonObject, 'parameters')].map((one) =>
        resolved(one as JsonObject, shared),
      );
      return [
        method,
        {
          ...rest,
          ...(description === undefined ? {} : { description }),
          parameters: Object.fromEntries(
            parameters.map((one) => [`${textAt(one, 'in')} ${textAt(one, 'name')}`, withoutText(one)]),
          ),
        },
      ];
    }),
  );
}

function resolved(parameter: JsonObject, shared: JsonObject): JsonObject {
  const { $ref } = parameter;
  return typeof $ref === 'string' ? objectAt(shared, $ref.slice($ref.lastIndexOf('/') + 1)) : parameter;
}

function comparableSchema(schema: JsonObject): JsonObject {
  const required = listAt(schema, 'required') as readonly string[];
  const kinds = listAt(schema, 'x-kubernetes-group-version-kind') as readonly JsonObject[];
  const properties = Object.entries(objectAt(schema, 'properties'));
  return {
    ...withoutText(schema),
    ...(properties.length === 0
      ? {}
      : { properties: Object.fromEntries(properties.map(([name, one]) => [name, withoutText(one as JsonObject)])) }),
    ...(required.length === 0 ? {} : { required: required.toSorted((a, b) => (a < b ? -1 : 1)) }),
    ...(kinds.length === 0
      ? {}
      : {
          'x-kubernetes-group-version-kind': Object.fromEntries(
            kinds.map((one) => [`${textAt(one, 'group')}/${textAt(one, 'version')} ${textAt(one, 'kind')}`, true]),
          ),
        }),
  };
}

/** Descriptions are prose of Kubernetes' own, which ours leave out. */
function withoutText({ description: _prose, ...rest }: JsonObject): JsonObject {
  return rest;
}

function differences(
  place: string,
  expected: JsonValue | undefined,
  found: JsonValue | undefined,
): readonly Difference[] {
  if (canonical(expected) === canonical(found)) return [];
  if (isJsonObject(expected) && isJsonObject(found)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].toSorted();
    return names.flatMap((name) => differences(`${place} ${name}`.trim(), expected[name], found[name]));
  }
  return [{ place, expected: canonical(expected), found: canonical(found) }];
}

function canonical(value: JsonValue | undefined): string {
  if (value === undefined) return 'absent';
  return JSON.stringify(value, (_name, member: JsonValue) =>
    isJsonObject(member) ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}

function objectAt(value: JsonObject, name: string): JsonObject {
  const member = value[name];
  return isJsonObject(member) ? member : {};
}

function textAt(value: JsonObject, name: string): string {
  const member = value[name];
  return typeof member === 'string' ? member : '';
}

function listAt(value: JsonObject, name: string): readonly JsonValue[] {
  const member = value[name];
  return Array.isArray(member) ? (member as readonly JsonValue[]) : [];
}
