import type { FieldError } from '../../field-error.ts';
import { child, forbidden, invalid, key, notSupported, type Path, required } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { isSchema, type Schema } from './schemas.ts';
import type { Strictness } from './strictness.ts';

const LIST_TYPES: readonly string[] = ['atomic', 'set', 'map'];
const TYPE = 'x-kubernetes-list-type';
const KEYS = 'x-kubernetes-list-map-keys';
const ATOMIC = 'must be atomic as item of a list with x-kubernetes-list-type=set';
const NEEDS_MAP = 'must be map if x-kubernetes-list-map-keys is non-empty';

/** How a list is merged: as a whole, as a set, or by keys of its items. */
export function validateListSchema(schema: Schema, path: Path, strict: Strictness): readonly FieldError[] {
  const { type = '', items } = schema;
  const [listType, keys = []] = [schema[TYPE], schema[KEYS]];
  const errors: FieldError[] = [];
  const listPath = child(path, TYPE);
  if (listType !== undefined && type !== 'array') {
    const detail = 'must be array if x-kubernetes-list-type is specified';
    errors.push(type === '' ? required(child(path, 'type'), detail) : invalid(child(path, 'type'), type, detail));
  } else if (strict.sets && listType === 'set' && isSchema(items)) {
    errors.push(...validateSetItems(items, child(path, 'items')));
  }
  if (listType !== undefined && !LIST_TYPES.includes(listType)) {
    errors.push(notSupported(listPath, listType, LIST_TYPES));
  }
  if (keys.length > 0 && listType !== 'map') {
    errors.push(listType === undefined ? required(listPath, NEEDS_MAP) : invalid(listPath, listType, NEEDS_MAP));
  }
  if (listType === 'map') errors.push(...validateMapItems(schema, keys, path));
  return strict.keys ? [...errors, ...validateItemKeys(schema, path)] : errors;
}

/** Whether the items of a set are such as can be compared, or the schema is no set. */
export function hasAtomicItems({ [TYPE]: listType, items }: Schema): boolean {
  return listType !== 'set' || !isSchema(items) || validateSetItems(items, '').length === 0;
}

function validateSetItems(items: Schema, path: Path): readonly FieldError[] {
  const inner = items[TYPE];
  if (items.type === 'array' && inner !== undefined && inner !== 'atomic') {
    return [invalid(child(path, TYPE), inner, ATOMIC)];
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalid(child(path, 'x-kubernetes-map-type'), inner, ATOMIC)];
  }
  return [];
}

function validateMapItems({ items }: Schema, keys: readonly string[], path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [itemsPath, keysPath] = [child(path, 'items'), child(path, KEYS)];
  if (keys.length === 0) errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    errors.push(required(itemsPath, 'must have a schema if x-kubernetes-list-type is map'));
    return errors;
  }
  if (!isSchema(items)) {
    const detail = 'must only have a single schema if x-kubernetes-list-type is map';
    return [...errors, invalid(itemsPath, goJson(items), detail)];
  }
  const { type = '', properties = {} } = items;
  if (type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(child(itemsPath, 'type'), type, detail)];
  }
  for (const [at, name] of keys.entries()) {
    const property = properties[name];
    if (property === undefined) {
      errors.push(invalid(keysPath, goJson(keys), 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(child(key(child(itemsPath, 'properties'), name), 'type'), type, detail));
    }
    if (keys.indexOf(name) < at) errors.push(invalid(keysPath, goJson(keys), 'must not contain duplicate entries'));
  }
  return errors;
}

/** Keys of items are always there, and items themselves are never null. */
export function validateItemKeys(schema: Schema, path: Path): readonly FieldError[] {
  const { items, [TYPE]: listType, [KEYS]: keys = [] } = schema;
  if (!isSchema(items) || (listType !== 'set' && listType !== 'map')) return [];
  const here = child(path, 'items');
  const errors: FieldError[] = [];
  if (items.nullable === true) {
    errors.push(forbidden(child(here, 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
  for (const name of listType === 'map' ? keys : []) {
    const property = items.properties?.[name];
    if (property === undefined) continue;
    const place = key(child(here, 'properties'), name);
    const isRequired = items.required?.includes(name) === true;
    if (!isRequired && property.default === undefined) {
      const detail =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(child(place, 'default'), detail));
    }
    if (property.nullable === true) {
      const detail = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      errors.push(forbidden(child(place, 'nullable'), detail));
    }
  }
  return errors;
}
