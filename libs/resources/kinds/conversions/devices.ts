import type { ConversionSteps } from '../../conversion.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/*
 * resource.k8s.io/v1beta1 says of a device request what v1 says in `exactly`, and of a device what v1 says beside its name in
 * `basic`.
 */

function mapped(object: JsonObject, path: readonly string[], change: (item: JsonObject) => JsonObject): JsonObject {
  const [name = '', ...rest] = path;
  const value = object[name];
  if (rest.length > 0) return isJsonObject(value) ? { ...object, [name]: mapped(value, rest, change) } : object;
  if (!Array.isArray(value)) return object;
  return {
    ...object,
    [name]: (value as readonly JsonValue[]).map((item) => (isJsonObject(item) ? change(item) : item)),
  };
}

function toExact({ name = '', firstAvailable, ...rest }: JsonObject): JsonObject {
  if (firstAvailable !== undefined) return { name, firstAvailable, ...rest };
  return Object.keys(rest).length === 0 ? { name } : { name, exactly: rest };
}

function fromExact({ exactly, ...rest }: JsonObject): JsonObject {
  return isJsonObject(exactly) ? { ...rest, ...exactly } : rest;
}

function requests(path: readonly string[]): ConversionSteps {
  return {
    toStorage: (object) => mapped(object, path, toExact),
    fromStorage: (object) => mapped(object, path, fromExact),
  };
}

/** Resource claims of v1beta1. */
export const claimConversion = requests(['spec', 'devices', 'requests']);
/** Resource claim templates of v1beta1. */
export const claimTemplateConversion = requests(['spec', 'spec', 'devices', 'requests']);
/** Resource slices of v1beta1. */
export const sliceConversion: ConversionSteps = {
  toStorage: (object) =>
    mapped(object, ['spec', 'devices'], ({ basic, ...rest }) => (isJsonObject(basic) ? { ...rest, ...basic } : rest)),
  fromStorage: (object) => mapped(object, ['spec', 'devices'], ({ name = '', ...basic }) => ({ name, basic })),
};
