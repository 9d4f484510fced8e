import type { Uid } from '@taffrail/platform/brand';
import type { Commit } from './commit.ts';
import type { LogEvent } from './event.ts';
import type { ObjectVault } from './object-vault.ts';

/** What of a vault readers need. */
export type ObjectOpener = Pick<ObjectVault, 'open'>;

/** Events with their objects in clear. Those that were never sealed stay the same, and cost nothing. */
export async function openEvents(opener: ObjectOpener, events: readonly LogEvent[]): Promise<readonly LogEvent[]> {
  const objects = await openAll(opener, events, ({ object }) => object);
  return objects === undefined ? events : events.map((event, index) => withObject(event, objects[index]));
}

function withObject(event: LogEvent, object: Uint8Array | undefined): LogEvent {
  return object === undefined || object === event.object ? event : { ...event, object };
}

/** A commit with its events' objects in clear; payload and hash are those of the log. */
export async function openCommit(opener: ObjectOpener, commit: Commit): Promise<Commit> {
  const events = await openEvents(opener, commit.events);
  return events === commit.events ? commit : { ...commit, events };
}

/** Projected objects, or anything else with a uid and stored bytes, in clear. */
export async function openStored<Item extends { readonly uid: Uid; readonly stored: Uint8Array }>(
  opener: ObjectOpener,
  items: readonly Item[],
): Promise<readonly Item[]> {
  const opened = await openAll(opener, items, ({ stored }) => stored);
  if (opened === undefined) return items;
  return items.map((item, index) => ({ ...item, stored: opened[index] ?? item.stored }));
}

/** The opened bytes of all; undefined when all were in clear. What is not at hand is asked for together. */
async function openAll<Item extends { readonly uid: Uid }>(
  opener: ObjectOpener,
  items: readonly Item[],
  bytesOf: (item: Item) => Uint8Array,
): Promise<readonly Uint8Array[] | undefined> {
  let changed = false;
  const opened = items.map((item) => {
    const bytes = bytesOf(item);
    const result = opener.open(item.uid, bytes);
    changed ||= result !== bytes;
    return result;
  });
  return changed ? await Promise.all(opened.map(async (one) => await one)) : undefined;
}
