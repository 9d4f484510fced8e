/** Stops the program path on a broken invariant: a bug, never bad input. Stays on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Marks the branch of a closed union that cannot be reached; the compiler proves it. */
export function assertNever(value: never): never {
  throw new AssertionFailure(`unexpected value ${JSON.stringify(value)}`);
}

/** A broken invariant. Nothing catches it on purpose: the process stops with it. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}
