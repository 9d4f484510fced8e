/** A body that is not what it claims to be: a value for the caller to answer 400 with. */
export interface WireFault {
  readonly fault: true;
  /** One sentence without a full stop, e.g. `unexpected end of the message at byte 12`. */
  readonly message: string;
}

/** Whether decoding came to a fault. */
export function isWireFault(value: unknown): value is WireFault {
  return typeof value === 'object' && value !== null && (value as { fault?: unknown }).fault === true;
}

/** Carries a fault out of nested messages; caught only where decoding begins. */
export class MalformedBody extends Error {
  override readonly name = 'MalformedBody';
}
