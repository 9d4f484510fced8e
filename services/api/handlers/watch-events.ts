import { assertNever } from '@taffrail/platform/assert';
import type { Revision } from '@taffrail/platform/brand';
import type { KubeObject } from '@taffrail/resources/object';
import type { Selection } from '@taffrail/state/selection';
import type { Change } from '@taffrail/state/state-machine';
import type { Encoding, Watched, WatchEventType } from '../encoding/encoding.ts';
import { joined } from '../http/exchange.ts';
import { isSelected, selectsAll } from './selection.ts';

/** What one watcher is to be told of one change. */
export interface Notice {
  readonly type: WatchEventType;
  readonly object: Watched;
}

/**
 * What a change means to a watcher of a selection: an object that begins to match is ADDED, one that ceases to is DELETED
 * (as it last matched, at the revision of the change). Undefined when it means nothing.
 */
export function noticeOf(change: Change, selection: Selection): Notice | undefined {
  if (selectsAll(selection)) return { type: plainType(change), object: change.current };
  const before = change.previous !== undefined && isSelected(selection, change.previous);
  const after = change.verb !== 'deleted' && isSelected(selection, change.current);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object: change.current };
  if (!before || change.previous === undefined) return undefined;
  if (change.verb === 'deleted') return { type: 'DELETED', object: change.current };
  return { type: 'DELETED', object: atRevision(change.previous, change.revision) };
}

function plainType(change: Change): WatchEventType {
  switch (change.verb) {
    case 'created':
      return 'ADDED';
    case 'updated':
      return 'MODIFIED';
    case 'deleted':
      return 'DELETED';
    default:
      return assertNever(change.verb);
  }
}

/** An object as it was, shown at a later revision. */
function atRevision(object: Watched, revision: Revision): Watched {
  return {
    revision,
    stored: object.stored,
    metadataEnd: () => object.metadataEnd(),
    object() {
      const parsed = object.object();
      return { ...parsed, metadata: { ...parsed.metadata, resourceVersion: String(revision) } } as KubeObject;
    },
  };
}

/**
 * Encodes the events of changes, each once: a commit's changes are told to all watchers in one turn, and watchers of the
 * same encoding get the same bytes. What was encoded is forgotten at the end of the turn, so nothing is kept twice.
 */
export class SharedEvents {
  #encoded = new Map<Encoding, Map<Watched, Partial<Record<WatchEventType, Uint8Array>>>>();
  #forgetting = false;

  encode(encoding: Encoding, notice: Notice): Uint8Array {
    let objects = this.#encoded.get(encoding);
    if (objects === undefined) this.#encoded.set(encoding, (objects = new Map()));
    let types = objects.get(notice.object);
    if (types === undefined) objects.set(notice.object, (types = {}));
    this.#forgetAfterTurn();
    return (types[notice.type] ??= encodeEvent(encoding, notice, false));
  }

  #forgetAfterTurn(): void {
    if (this.#forgetting) return;
    this.#forgetting = true;
    queueMicrotask(() => {
      this.#forgetting = false;
      this.#encoded = new Map();
    });
  }
}

/** What a commit's changes are to everyone who watches a selection in one encoding. */
export interface Telling {
  readonly notices: readonly Notice[];
  /** All events, one after another. */
  readonly bytes: Uint8Array;
}

/** What changes mean to the watchers of a selection in a namespace (all of them when undefined); undefined when nothing. */
export function tellingOf(
  shared: SharedEvents,
  encoding: Encoding,
  changes: readonly Change[],
  selection: Selection,
  namespace: string | undefined,
): Telling | undefined {
  const notices: Notice[] = [];
  for (const change of changes) {
    if (namespace !== undefined && change.key.namespace !== namespace) continue;
    const notice = noticeOf(change, selection);
    if (notice !== undefined) notices.push(notice);
  }
  if (notices.length === 0) return undefined;
  return { notices, bytes: joined(notices.map((notice) => shared.encode(encoding, notice))) };
}

/** The same for a watch that was told nothing before, where the first event differs from the others. */
export function firstBytes(encoding: Encoding, { notices, bytes }: Telling): Uint8Array {
  if (encoding.firstDiffers !== true) return bytes;
  return joined(notices.map((notice, at) => encodeEvent(encoding, notice, at === 0)));
}

function encodeEvent(encoding: Encoding, notice: Notice, first: boolean): Uint8Array {
  const pieces: Uint8Array[] = [];
  encoding.event(pieces, notice.type, notice.object, first);
  return joined(pieces);
}
