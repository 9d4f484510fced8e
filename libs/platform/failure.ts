/** What went wrong while operating, as opposed to a request that was refused (a rejection) or a bug (an assertion). */
export type OperatingErrorCode =
  | 'unavailable' // a server we depend on does not answer; retry later
  | 'timeout'
  | 'aborted'
  | 'storage-full'
  | 'log-gap' // a sequence is missing
  | 'log-corrupt' // a hash or an encoding is wrong
  | 'log-behind' // the log's head is behind what was already projected
  | 'format-too-new'
  | 'permission'
  | 'address-in-use'
  | 'missing-dependency'
  | 'runtime' // the container runtime refused or failed
  | 'protocol'; // a peer spoke something we do not understand

/** A failure of the world around us: carries a code, whether a retry can help, and its cause. */
export class OperatingError extends Error {
  override readonly name = 'OperatingError';
  readonly code: OperatingErrorCode;
  readonly retryable: boolean;

  constructor(
    code: OperatingErrorCode,
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? (code === 'unavailable' || code === 'timeout');
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
