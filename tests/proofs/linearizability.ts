/*
 * An independent checker of linearizability for one object: given what clients asked, when, and what they were
 * answered, is there an order of the operations that a single register could have executed, each at some moment between
 * its call and its return? (Wing and Gong's search, with Lowe's memory of configurations.) It shares no code with what it checks.
 */

import { assertNever } from '@taffrail/platform/assert';

/** What one client did. */
export interface Operation {
  readonly action: Action;
  /** When it was asked and answered, on one clock. An operation without an answer may take effect at any later time, or never. */
  readonly calledAt: number;
  readonly returnedAt: number;
}

/** A register holds a value or nothing. Every value is written once, so that a value says which write is read. */
export type Action =
  | { readonly type: 'read'; readonly value: string | undefined }
  | { readonly type: 'write'; readonly value: string; readonly outcome: 'done' | 'absent' | 'unknown' }
  /** Replaces exactly `expected`. */
  | {
      readonly type: 'replace';
      readonly expected: string;
      readonly value: string;
      readonly outcome: 'done' | 'refused' | 'unknown';
    }
  | { readonly type: 'create'; readonly value: string; readonly outcome: 'done' | 'exists' | 'unknown' }
  | { readonly type: 'delete'; readonly outcome: 'done' | 'absent' | 'unknown' };

type State = string | undefined;

/** The state after an action, or 'impossible' when a register in this state would not have answered so. */
function step(state: State, action: Action): { readonly state: State } | 'impossible' {
  switch (action.type) {
    case 'read':
      return action.value === state ? { state } : 'impossible';
    case 'write':
      if (action.outcome === 'absent') return state === undefined ? { state } : 'impossible';
      return state === undefined && action.outcome === 'done' ? 'impossible' : { state: state && action.value };
    case 'replace':
      if (action.outcome === 'refused') return state === action.expected ? 'impossible' : { state };
      if (state === action.expected) return { state: action.value };
      return action.outcome === 'done' ? 'impossible' : { state };
    case 'create':
      if (action.outcome === 'exists') return state === undefined ? 'impossible' : { state };
      if (state === undefined) return { state: action.value };
      return action.outcome === 'done' ? 'impossible' : { state };
    case 'delete':
      if (action.outcome === 'absent') return state === undefined ? { state } : 'impossible';
      return state === undefined && action.outcome === 'done' ? 'impossible' : { state: undefined };
    default:
      return assertNever(action);
  }
}

/** An operation without an answer: it may be left out altogether. */
function isUnknown({ action }: Operation): boolean {
  return action.type !== 'read' && action.outcome === 'unknown';
}

export type Verdict =
  | { readonly linearizable: true }
  /** The operations in call order around the point where no order goes on. */
  | { readonly linearizable: false; readonly stuckBefore: readonly Operation[] };

/** Checks the history of one register that holds nothing at its beginning. */
export function checkRegister(history: readonly Operation[]): Verdict {
  const operations = history.toSorted((a, b) => a.calledAt - b.calledAt);
  const done = new Uint8Array(operations.length);
  /** Configurations that led nowhere: which operations are behind, and the state they left. */
  const seen = new Set<string>();
  interface Frame {
    readonly state: State;
    /** Operations that may come next. */
    readonly candidates: readonly number[];
    next: number;
    /** What this frame's last choice put behind. */
    chosen: number | undefined;
  }
  let first = 0;
  let furthest = 0;
  const candidatesOf = (): readonly number[] => {
    while (first < operations.length && done[first] === 1) first++;
    // Whatever is called after somebody has returned cannot come before it.
    let earliestReturn = Number.POSITIVE_INFINITY;
    const found: number[] = [];
    for (let index = first; index < operations.length; index++) {
      if (done[index] === 1) continue;
      const operation = operations[index] as Operation;
      if (operation.calledAt > earliestReturn) break;
      found.push(index);
      if (!isUnknown(operation)) earliestReturn = Math.min(earliestReturn, operation.returnedAt);
    }
    return found;
  };
  const isFinished = (): boolean => {
    for (let index = first; index < operations.length; index++) {
      if (done[index] === 0 && !isUnknown(operations[index] as Operation)) return false;
    }
    return true;
  };
  const configuration = (state: State): string => {
    const behind: number[] = [];
    for (let index = first; index < operations.length; index++) if (done[index] === 1) behind.push(index);
    return `${first}|${behind.join()}|${state ?? ''}`;
  };
  const stack: Frame[] = [{ state: undefined, candidates: candidatesOf(), next: 0, chosen: undefined }];
  if (isFinished()) return { linearizable: true };
  for (;;) {
    const frame = stack.at(-1);
    if (frame === undefined) {
      const from = Math.max(0, furthest - 5);
      return { linearizable: false, stuckBefore: operations.slice(from, furthest + 10) };
    }
    if (frame.chosen !== undefined) {
      done[frame.chosen] = 0;
      first = Math.min(first, frame.chosen);
      frame.chosen = undefined;
    }
    const index = frame.candidates[frame.next++];
    if (index === undefined) {
      stack.pop();
      continue;
    }
    const after = step(frame.state, (operations[index] as Operation).action);
    if (after === 'impossible') continue;
    done[index] = 1;
    const candidates = candidatesOf();
    const key = configuration(after.state);
    if (seen.has(key)) {
      done[index] = 0;
      first = Math.min(first, index);
      continue;
    }
    seen.add(key);
    furthest = Math.max(furthest, first);
    frame.chosen = index;
    if (isFinished()) return { linearizable: true };
    stack.push({ state: after.state, candidates, next: 0, chosen: undefined });
  }
}
