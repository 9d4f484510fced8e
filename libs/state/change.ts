import type { Revision } from '@taffrail/platform/brand';
import type { EventVerb } from '@taffrail/log/event';
import type { ObjectKey } from '@taffrail/resources/object';
import type { StoredObject } from './stored-object.ts';

/** One committed change as watchers see it. */
export interface Change {
  readonly revision: Revision;
  readonly verb: EventVerb;
  readonly key: ObjectKey;
  /** After the change; for a deletion the last state, at the deletion's revision. */
  readonly current: StoredObject;
  /** Before the change; absent for a creation. */
  readonly previous: StoredObject | undefined;
  /** When it was committed, epoch milliseconds. */
  readonly timeMs: number;
}
