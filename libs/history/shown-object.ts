import type { LogEvent } from '@taffrail/log/event';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { withoutSecretValues } from './hidden-values.ts';

export interface Showing {
  /** Also what every write changes and nobody wrote. */
  readonly bookkeeping: boolean;
}

/** An object as diffs show it: without the values of Secrets, and without what every write changes. */
export function shownObject(
  of: Pick<LogEvent, 'group' | 'resource'>,
  object: JsonObject,
  { bookkeeping }: Showing,
  before?: JsonObject,
): JsonObject {
  const shown = withoutSecretValues(of, object, before);
  if (bookkeeping || !isJsonObject(shown['metadata'])) return shown;
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = shown['metadata'];
  return { ...shown, metadata };
}
