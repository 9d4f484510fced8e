import type { Uid } from '@taffrail/platform/brand';
import type { OperatingError } from '@taffrail/platform/failure';
import type { EventDraft } from './event.ts';
import type { ObjectVault, SealRequest } from './object-vault.ts';
import { readEnvelope } from './sealed-object.ts';

/** Events that are about to be written, and which of them have to be sealed before. */
export interface SealPlan {
  /** Makes sure of the keys it takes; answers for which uids that did not succeed (`ObjectVault.prepare`). */
  prepare(signal?: AbortSignal): Promise<ReadonlyMap<Uid, OperatingError>>;
  /** The events as they go into the log. All keys must have been prepared. */
  sealed(): readonly EventDraft[];
}

const NONE: ReadonlyMap<Uid, OperatingError> = new Map();

/** Settles what of a commit is sealed: the encrypted resources, and what readers would take for an envelope otherwise. */
export function sealPlan(vault: ObjectVault, events: readonly EventDraft[]): SealPlan {
  const requests = new Map<Uid, SealRequest>();
  const chosen = new Set<EventDraft>();
  for (const event of events) {
    if (!vault.encrypts(event) && readEnvelope(event.object) === undefined) continue;
    chosen.add(event);
    const created = requests.get(event.uid)?.created ?? event.verb === 'created';
    requests.set(event.uid, { uid: event.uid, created });
  }
  return {
    prepare: async (signal) => (requests.size === 0 ? NONE : await vault.prepare([...requests.values()], signal)),
    sealed: () =>
      chosen.size === 0
        ? events
        : events.map((event) =>
            chosen.has(event) ? { ...event, object: vault.seal(event.uid, event.object) } : event,
          ),
  };
}
