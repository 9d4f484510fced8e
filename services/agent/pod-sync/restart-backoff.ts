/** How long to wait before the next try, and since when; undefined before the first failure. */
export interface BackoffEntry {
  readonly delayMs: number;
  readonly updatedMs: number;
}

export interface BackoffBounds {
  readonly minimumMs: number;
  readonly maximumMs: number;
}

/**
 * The entry after one more try at `nowMs`: doubles up to the maximum, and starts over once twice the maximum has passed
 * without a try (ten minutes for containers, as Kubernetes has it).
 */
export function nextBackoff(previous: BackoffEntry | undefined, nowMs: number, bounds: BackoffBounds): BackoffEntry {
  const fresh = previous === undefined || nowMs - previous.updatedMs > 2 * bounds.maximumMs;
  return {
    delayMs: fresh ? bounds.minimumMs : Math.min(previous.delayMs * 2, bounds.maximumMs),
    updatedMs: nowMs,
  };
}

/** When a thing that failed at `failedMs` may be tried again; undefined when it may be now. */
export function backoffEndMs(
  entry: BackoffEntry | undefined,
  failedMs: number,
  nowMs: number,
  bounds: BackoffBounds,
): number | undefined {
  if (entry === undefined || failedMs - entry.updatedMs > 2 * bounds.maximumMs) return undefined;
  const endMs = failedMs + entry.delayMs;
  return nowMs < endMs ? endMs : undefined;
}

/** `10s`, `1m20s`, `5m0s`: a duration as Go prints it, for messages users match on. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
