import type { ResourceDefinition } from './definition.ts';
import type { JsonObject } from './json.ts';
import { apiVersionOf, type KubeObject } from './object.ts';

/** How objects of a version that is served, but stored as another, are turned into each other. Both ways are pure. */
export interface Conversion {
  /** What they are stored as. Its rules hold: defaults, validation, admission. */
  readonly storage: ResourceDefinition;
  toStorage(object: KubeObject): KubeObject;
  fromStorage(object: KubeObject): KubeObject;
}

/** What a version differs in from the one it is stored as; identity where the two have the same fields. */
export interface ConversionSteps {
  readonly toStorage?: (object: JsonObject) => JsonObject;
  readonly fromStorage?: (object: JsonObject) => JsonObject;
}

/** The definition a resource's objects are stored by: its own, unless it is one of several versions. */
export function storageOf(definition: ResourceDefinition): ResourceDefinition {
  return definition.conversion?.storage ?? definition;
}

/** Completes a conversion: kind and apiVersion are set here. */
export function conversionBetween(
  served: Pick<ResourceDefinition, 'group' | 'version' | 'kind'>,
  storage: ResourceDefinition,
  { toStorage = same, fromStorage = same }: ConversionSteps,
): Conversion {
  const named = (object: JsonObject, { group, version, kind }: typeof served): KubeObject =>
    ({ ...object, kind, apiVersion: apiVersionOf(group, version) }) as unknown as KubeObject;
  return Object.freeze({
    storage,
    toStorage: (object: KubeObject) => named(toStorage(object), storage),
    fromStorage: (object: KubeObject) => named(fromStorage(object), served),
  });
}

function same(object: JsonObject): JsonObject {
  return object;
}
