import { assertNever } from '@taffrail/platform/assert';
import type { LogEvent } from '@taffrail/log/event';
import type { ReadModel } from '@taffrail/projection/read-model';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Selection } from '@taffrail/state/selection';
import { PastObject } from '../encoding/readable.ts';
import { isSelected, selectsAll } from './selection.ts';
import type { Notice } from './watch-events.ts';

/** The log a resource lives in. */
export function logOf(definition: ResourceDefinition): string {
  switch (definition.storage) {
    case 'forever':
      return 'LOG';
    case 'window':
      return 'EVENTS';
    case 'latest':
      return 'LEASES';
    default:
      return assertNever(definition.storage);
  }
}

/**
 * What a watcher of a selection is told of a recorded event; undefined when it means nothing. With a selector the state
 * before the change decides whether the object begins or ceases to match; it is read from the history.
 */
export async function pastNotice(
  readModel: ReadModel,
  definition: ResourceDefinition,
  selection: Selection,
  event: LogEvent,
): Promise<Notice | undefined> {
  const key = keyOf(event);
  const object = new PastObject(definition, key, event.revision, event.object);
  if (selectsAll(selection)) return { type: typeOf(event), object };
  const previous = event.verb === 'created' ? undefined : await before(readModel, definition, event);
  const matched = previous !== undefined && isSelected(selection, previous);
  const matches = event.verb !== 'deleted' && isSelected(selection, object);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object };
  if (!matched) return undefined;
  if (event.verb === 'deleted') return { type: 'DELETED', object };
  return { type: 'DELETED', object: new PastObject(definition, key, event.revision, previous.stored) };
}

function typeOf(event: LogEvent): Notice['type'] {
  if (event.verb === 'created') return 'ADDED';
  return event.verb === 'deleted' ? 'DELETED' : 'MODIFIED';
}

function keyOf(event: LogEvent): PastObject['key'] {
  const { group, resource, namespace, name } = event;
  return { group, resource, namespace, name };
}

async function before(
  readModel: ReadModel,
  definition: ResourceDefinition,
  event: LogEvent,
): Promise<PastObject | undefined> {
  const [previous] = await readModel.history({ key: keyOf(event), limit: 1, before: event.revision });
  if (previous === undefined || previous.verb === 'deleted') return undefined;
  return new PastObject(definition, keyOf(previous), previous.revision, previous.object);
}
