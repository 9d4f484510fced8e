import { EVENTS_PER_COMMIT, revisionOf, type Sequence } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { COMMIT_FORMAT, type CommitDraft } from '@taffrail/log/commit';
import type { EventDraft } from '@taffrail/log/event';
import { envelopeBytes } from '@taffrail/log/sealed-object';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { Decided, Decision, Draft } from './decide/decision.ts';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { evolve, type FoldContext, type LiveChange } from './evolve.ts';
import { Overlay } from './overlay.ts';
import type { StateView } from './state-view.ts';

/** A commit in the making: the speculation that its decisions are made on, and its events. */
export class Round {
  readonly sequence: Sequence;
  readonly timeMs: number;
  readonly overlay: Overlay;
  readonly events: EventDraft[] = [];
  readonly #fold: FoldContext;
  readonly #encrypts: EncryptedResources;
  #bytes = 0;

  constructor(
    committed: StateView,
    sequence: Sequence,
    timeMs: number,
    fold: FoldContext,
    encrypts: EncryptedResources = () => false,
  ) {
    this.sequence = sequence;
    this.timeMs = timeMs;
    this.overlay = new Overlay(committed);
    this.#fold = fold;
    this.#encrypts = encrypts;
  }

  /** Whether another decision's events have room beside those that are there. */
  hasRoomFor(decision: Decided): boolean {
    const { count, bytes } = sizeOf(decision, this.#encrypts);
    return this.events.length + count <= EVENTS_PER_COMMIT && this.#bytes + bytes <= limits.commitBytes;
  }

  /** Gives a decision's drafts their places; they make one transaction. Returns the changes they are. */
  add(decision: Decided): readonly LiveChange[] {
    const first = this.events.length;
    const last = first + decision.drafts.length - 1;
    this.#bytes += sizeOf(decision, this.#encrypts).bytes;
    return decision.drafts.map((draft, index) => {
      const event = this.#eventOf(draft, first, last);
      this.events.push(event);
      return this.#evolve(this.overlay, draft, event, first + index);
    });
  }

  /**
   * A speculation over this one, for a transaction that is being decided: what is added to it stands at the places it
   * will get here, and leaves no trace here.
   */
  branch(): { readonly overlay: Overlay; readonly add: (drafts: readonly Draft[]) => void } {
    const overlay = new Overlay(this.overlay);
    const first = this.events.length;
    return {
      overlay,
      add: (drafts) => {
        for (const draft of drafts) {
          // What goes beyond the commit is never committed: it waits for the next one or is refused as too large.
          const index = Math.min(first + overlay.changes.length, EVENTS_PER_COMMIT - 1);
          this.#evolve(overlay, draft, this.#eventOf(draft, index, index), index);
        }
      },
    };
  }

  /** The commit, with the round's events as the log will have them. */
  draft(previousHash: string, events: readonly EventDraft[]): CommitDraft {
    return { format: COMMIT_FORMAT, sequence: this.sequence, previousHash, timeMs: this.timeMs, events };
  }

  #evolve(overlay: Overlay, draft: Draft, event: EventDraft, index: number): LiveChange {
    const placed = { ...event, revision: revisionOf(this.sequence, index), timeMs: this.timeMs };
    const change = evolve(overlay, placed, this.#fold, draft.contents);
    overlay.add(change);
    return change;
  }

  #eventOf(draft: Draft, transactionStart: number, transactionEnd: number): EventDraft {
    const { definition, key, cause, becauseOf } = draft;
    return {
      verb: draft.verb,
      group: key.group,
      version: definition.version,
      resource: key.resource,
      namespace: key.namespace,
      name: key.name,
      uid: draft.uid,
      previousRevision: draft.previous?.revision ?? NEVER,
      object: draft.stored,
      actor: draft.actor,
      cause:
        becauseOf === undefined
          ? cause
          : { ...cause, revision: revisionOf(this.sequence, transactionStart + becauseOf) },
      request: draft.request,
      transactionStart,
      transactionEnd,
    };
  }
}

const NEVER = revisionOf(0 as Sequence, 0);

/** Room for everything an event says beside its object. */
const EVENT_HEADER_BYTES = 1024;

function sizeOf(decision: Decided, encrypts: EncryptedResources): { readonly count: number; readonly bytes: number } {
  let bytes = 0;
  for (const { key, contents, stored, actor, cause } of decision.drafts) {
    const names = actor.user.length + (actor.impersonator?.length ?? 0);
    const texts = names + actor.userAgent.length + actor.groups.join('').length + cause.correlation.length;
    const objectBytes = encrypts(key) ? envelopeBytes(contents, stored.byteLength) : stored.byteLength;
    bytes += objectBytes + 4 * texts + EVENT_HEADER_BYTES;
  }
  return { count: decision.drafts.length, bytes };
}

/** The refusal of a transaction that no commit can hold; undefined when one can. */
function tooLarge(decision: Decided, encrypts: EncryptedResources): Rejection | undefined {
  const { count, bytes } = sizeOf(decision, encrypts);
  if (count <= EVENTS_PER_COMMIT && bytes <= limits.commitBytes) return undefined;
  const size =
    count > EVENTS_PER_COMMIT ? `${count} changes of ${EVENTS_PER_COMMIT}` : `${bytes} bytes of ${limits.commitBytes}`;
  return {
    rejected: true,
    reason: 'RequestEntityTooLarge',
    code: 413,
    message: `Request entity too large: a transaction of ${size} that one commit may hold`,
  };
}

/** The decision, or the refusal of one that no commit can hold. */
export function withinBounds(decision: Decision, encrypts: EncryptedResources = () => false): Decision {
  return isRejection(decision) ? decision : (tooLarge(decision, encrypts) ?? decision);
}
