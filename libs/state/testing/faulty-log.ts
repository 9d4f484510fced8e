import type { Sequence } from '@taffrail/platform/brand';
import type { OperatingError } from '@taffrail/platform/failure';
import type { AppendResult } from '@taffrail/log/commit-log';
import type { WindowLog } from '@taffrail/log/window-log';

/** A log whose appends a test holds back, counts and lets fail. */
export interface FaultyLog extends WindowLog {
  /** How many appends reached it. */
  readonly appends: number;
  /** Most appends that were on their way at the same time. */
  readonly mostInFlight: number;
  /** How many read the log at the moment. */
  readonly readers: number;
  /** Holds back every append from now on until `release`. */
  hold(): void;
  release(): void;
  /** The next append stores nothing and throws this. */
  failNext(error: OperatingError): void;
  /** Keeps those who follow the log from seeing what comes from now on; reads up to a certain commit still work. */
  blindFollowers(): void;
  /** Flips a bit in the last byte but one of the next commit that is read. */
  damageNextRead(): void;
  /** Runs before the next append reaches the log: a place for another writer. */
  beforeNext(task: () => Promise<void>): void;
}

export function faultyLog(log: WindowLog): FaultyLog {
  let gate: PromiseWithResolvers<void> | undefined;
  let failure: OperatingError | undefined;
  let before: (() => Promise<void>) | undefined;
  let damaged = false;
  let blind: PromiseWithResolvers<void> | undefined;
  let readers = 0;
  let appends = 0;
  let inFlight = 0;
  let mostInFlight = 0;
  const append = async (payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<AppendResult> => {
    const task = before;
    before = undefined;
    await task?.();
    await gate?.promise;
    const error = failure;
    failure = undefined;
    if (error !== undefined) throw error;
    return await log.append(payload, expectedLast, signal);
  };
  return {
    ...log,
    get appends() {
      return appends;
    },
    get mostInFlight() {
      return mostInFlight;
    },
    async append(payload, expectedLast, signal) {
      appends++;
      inFlight++;
      mostInFlight = Math.max(mostInFlight, inFlight);
      try {
        return await append(payload, expectedLast, signal);
      } finally {
        inFlight--;
      }
    },
    get readers() {
      return readers;
    },
    async *read(options) {
      readers++;
      try {
        for await (const commit of log.read(options)) {
          if (options.until === undefined) await blind?.promise;
          yield damaged ? { ...commit, payload: flipped(commit.payload) } : commit;
          damaged = false;
        }
      } finally {
        readers--;
      }
    },
    damageNextRead() {
      damaged = true;
    },
    blindFollowers() {
      blind = Promise.withResolvers();
      // A reader that is being closed must not wait for ever.
      setTimeout(blind.resolve, 200);
    },
    hold() {
      gate = Promise.withResolvers();
    },
    release() {
      gate?.resolve();
      gate = undefined;
    },
    failNext(error) {
      failure = error;
    },
    beforeNext(task) {
      before = task;
    },
  };
}

function flipped(payload: Uint8Array): Uint8Array {
  const at = payload.length - 5;
  return payload.with(at, (payload[at] ?? 0) ^ 1);
}
