import type { LogEvent } from '@taffrail/log/event';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { withoutHiddenValues } from './hidden-values.ts';

export interface Showing {
  /** Also what every write changes and nobody wrote. */
  readonly bookkeeping: boolean;
  /** Whose values are hidden. */
  readonly encrypts: EncryptedResources;
}

/** An object as diffs show it: without what is hidden, and without what every write changes. */
export function shownObject(
  of: Pick<LogEvent, 'group' | 'resource'>,
  object: JsonObject,
  { bookkeeping, encrypts }: Showing,
  before?: JsonObject,
): JsonObject {
  const shown = withoutHiddenValues(of, object, encrypts, before);
  if (bookkeeping || !isJsonObject(shown['metadata'])) return shown;
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = shown['metadata'];
  return { ...shown, metadata };
}
