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
 * Turns recorded events into what a watcher is told. With a selector the state before each change decides whether the
 * object begins or ceases to match; it is read from the history, once for each event it matters for.
 */
export async function* pastEvents(
  readModel: ReadModel,
  definition: ResourceDefinition,
  selection: Selection,
  events: readonly LogEvent[],
): AsyncGenerator<Notice> {
  for (const event of events) {
    const key = keyOf(event);
    const object = new PastObject(definition, key, event.revision, event.object);
    if (selectsAll(selection)) {
      yield { type: typeOf(event), object };
      continue;
    }
    const previous = event.verb === 'created' ? undefined : await before(readModel, definition, event);
    const matched = previous !== undefined && isSelected(selection, previous);
    const matches = event.verb !== 'deleted' && isSelected(selection, object);
    if (matches) yield { type: matched ? 'MODIFIED' : 'ADDED', object };
    else if (matched && event.verb === 'deleted') yield { type: 'DELETED', object };
    else if (matched) {
      yield { type: 'DELETED', object: new PastObject(definition, key, event.revision, previous.stored) };
    }
  }
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
