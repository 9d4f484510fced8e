/**
 * What a reader does against the faults of server and client library that were seen: all of it, always. Only tests leave
 * one out, to show that the fault it is for is real and that nothing else would have helped.
 */
export interface ReaderDefences {
  /** A consumer that may be gone on the server's side (reconnect, silence, "no such consumer") is replaced by a new one. */
  readonly renewal: boolean;
  /** A consumer starts behind what was delivered, rather than at what is new, and what comes again is passed over. */
  readonly cursor: boolean;
  /** After a quiet time the cursor is compared with the stream's head. */
  readonly watchdog: boolean;
}

export const EVERY_DEFENCE: ReaderDefences = Object.freeze({ renewal: true, cursor: true, watchdog: true });
