/**
 * One question for many who ask it. Somebody who asks while an answer is on its way waits for the next one: that answer
 * may have been given before they asked.
 */
export class Confirmation {
  readonly #ask: () => Promise<void>;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(ask: () => Promise<void>) {
    this.#ask = ask;
  }

  /** Resolves with an answer that was asked for after this call. Rejects as the question does, or with the signal's reason. */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const answer = this.#next ?? (this.#current === undefined ? this.#start() : this.#queue(this.#current));
    if (signal === undefined) return await answer;
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([answer, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #queue(current: Promise<void>): Promise<void> {
    this.#next = this.#after(current);
    return this.#next;
  }

  async #after(current: Promise<void>): Promise<void> {
    // Whatever became of the question before, this one is asked.
    await current.catch(() => undefined);
    this.#next = undefined;
    await this.#start();
  }

  #start(): Promise<void> {
    const asked = this.#ask().finally(() => {
      if (this.#current === asked) this.#current = undefined;
    });
    // Those who wait hear of a failure; when all of them have gone nobody is left to.
    asked.catch(() => undefined);
    this.#current = asked;
    return asked;
  }
}
