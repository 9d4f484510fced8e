import type { ResourceDefinition } from '../../definition.ts';
import type { MutableJson, MutableJsonObject } from '../../json.ts';
import { validObject } from './valid-objects.ts';

export type Changes = Readonly<Record<string, MutableJson>>;

/** Puts values at paths such as `spec.ports[0].name`, in place; null takes away what is there. */
export function change(object: MutableJsonObject, changes: Changes): void {
  for (const [place, value] of Object.entries(changes)) {
    const names = place.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
    const last = names.pop() ?? '';
    let holder = object;
    for (const name of names) holder = (holder[name] ??= {}) as MutableJsonObject;
    if (value === null) delete holder[last];
    else holder[last] = structuredClone(value);
  }
}

/** A valid object of a kind with changes, as it is when it has just been made. */
export function created(definition: ResourceDefinition, changes: Changes): MutableJsonObject {
  const object = validObject(definition);
  change(object, changes);
  definition.rules.applyDefaults(object);
  definition.rules.prepareForCreate(object);
  return object;
}
