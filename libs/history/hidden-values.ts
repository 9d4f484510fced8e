import type { LogEvent } from '@taffrail/log/event';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { ObjectChange } from './object-changes.ts';

/** What stands in the place of a Secret's value. */
export const HIDDEN = '(hidden)';
/** The same where the value is another than the one before. */
export const HIDDEN_CHANGED = '(hidden, changed)';

/** Where a Secret's values are: kubectl keeps a whole copy of what was applied in an annotation. */
const PLACES = ['data', 'stringData', 'metadata.annotations'] as const;

/** Whether the values of a resource's objects are told to nobody who has not read the object itself. */
export function hasSecretValues({ group, resource }: Pick<LogEvent, 'group' | 'resource'>): boolean {
  return group === '' && resource === 'secrets';
}

/** An event's changes as they may be printed: of a Secret, which values changed and never what they are. */
export function withoutSecrets(
  of: Pick<LogEvent, 'group' | 'resource'>,
  changes: readonly ObjectChange[],
): readonly ObjectChange[] {
  return hasSecretValues(of) ? changes.map(withoutValues) : changes;
}

function withoutValues(change: ObjectChange): ObjectChange {
  const { path, from, to } = change;
  if (!PLACES.some((place) => path === place || path === 'metadata' || path.startsWith(`${place}.`))) return change;
  return {
    path,
    ...(from === undefined ? {} : { from: HIDDEN }),
    ...(to === undefined ? {} : { to: HIDDEN }),
  };
}

/** An object as it may be printed; `before` is what it is compared with, so that a value that changed shows as changed. */
export function withoutSecretValues(
  of: Pick<LogEvent, 'group' | 'resource'>,
  object: JsonObject,
  before?: JsonObject,
): JsonObject {
  if (!hasSecretValues(of)) return object;
  const hidden: Record<string, JsonValue | undefined> = { ...object };
  for (const place of ['data', 'stringData']) hide(hidden, place, before?.[place]);
  const { metadata } = object;
  if (isJsonObject(metadata)) {
    const shown: Record<string, JsonValue | undefined> = { ...metadata };
    hide(shown, 'annotations', isJsonObject(before?.['metadata']) ? before['metadata']['annotations'] : undefined);
    hidden['metadata'] = shown;
  }
  return hidden;
}

function hide(holder: Record<string, JsonValue | undefined>, member: string, before: JsonValue | undefined): void {
  const values = holder[member];
  if (!isJsonObject(values)) return;
  const earlier = isJsonObject(before) ? before : {};
  holder[member] = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const changed = earlier[name] !== undefined && JSON.stringify(earlier[name]) !== JSON.stringify(value);
      return [name, changed ? HIDDEN_CHANGED : HIDDEN];
    }),
  );
}
