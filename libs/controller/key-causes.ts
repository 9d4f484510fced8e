import { limits } from '@taffrail/platform/limits';
import type { WriteCause } from './api-client.ts';

/** Why a key is to be worked on. */
export interface KeyCause {
  /** What the writes of its plan will name as their cause. */
  readonly cause: WriteCause;
  /** Traces of further changes that the same plan serves. */
  readonly others: readonly string[];
}

interface Kept {
  cause: WriteCause;
  readonly others: Set<string>;
}

/** Of the changes that touch a key between two plans, the one that explains the next plan best, and the traces of all. */
export class KeyCauses {
  readonly #kept = new Map<string, Kept>();

  /** `better` says that this change explains more than one that is known already. */
  add(key: string, cause: WriteCause, better: boolean): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) {
      this.#kept.set(key, { cause, others: new Set() });
      return;
    }
    const beside = better ? kept.cause : cause;
    if (better) kept.cause = cause;
    const { traceparent = '' } = beside;
    if (traceparent !== '' && kept.others.size < limits.spanLinksCount) kept.others.add(traceparent);
  }

  /** Takes what is known of a key, undefined when nothing changed around it; what comes from now on belongs to the plan after the next. */
  take(key: string): KeyCause | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    return { cause: kept.cause, others: [...kept.others] };
  }

  /** Gives back what a plan that failed was made for, behind whatever has come meanwhile. */
  giveBack(key: string, { cause }: KeyCause): void {
    this.add(key, cause, false);
  }
}
