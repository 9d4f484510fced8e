import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { conform } from '../decode/conform.ts';
import { compareObjects } from './compare-objects.ts';
import { differenceOf, type FieldSet, NO_FIELDS, unionOf } from './field-set.ts';
import { fieldsOfObject } from './fields-of-object.ts';
import { shapeOfType } from './shape.ts';

/** Where `kubectl apply` without `--server-side` keeps what it applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager that goes on from such a configuration when it applies on the server. */
export const KUBECTL = 'kubectl';

/**
 * The fields `kubectl` may take over because its own last configuration set them and nobody changed them since: who
 * turns from client-side to server-side apply does not conflict with himself.
 */
export function fieldsLastApplied(live: JsonObject, typeName: string): FieldSet {
  const config = lastApplied(live);
  if (config === undefined) return NO_FIELDS;
  const { object, fault } = conform(config, typeName, { keepsEmpty: true });
  if (fault !== undefined) return NO_FIELDS;
  const shape = shapeOfType(typeName);
  const { added, modified } = compareObjects(live, object, shape);
  return differenceOf(fieldsOfObject(object, shape), unionOf(added, modified));
}

/** The live object's last applied configuration made the one applied now, where kubectl keeps one. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  if (lastApplied(object) === undefined) return object;
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const annotations = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
  const text = `${JSON.stringify(withoutLastApplied(config))}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

function withoutLastApplied(config: JsonObject): JsonObject {
  const metadata = isJsonObject(config['metadata']) ? config['metadata'] : {};
  const given = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
  const { [LAST_APPLIED]: _dropped, ...annotations } = given;
  return { ...config, metadata: { ...metadata, annotations } };
}

function lastApplied(object: JsonObject): JsonObject | undefined {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const annotations = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
  const text = annotations[LAST_APPLIED];
  if (typeof text !== 'string') return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : undefined;
  } catch {
    // The annotation is anybody's to write. Unreadable, it says nothing of what was applied.
    return undefined;
  }
}
