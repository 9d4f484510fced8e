import type { Uid } from '@taffrail/platform/brand';

/** Data keys at hand, bounded: the one that was not used for longest is forgotten first. */
export class KeyCache {
  readonly #maximum: number;
  readonly #keys = new Map<Uid, Buffer>();

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get(uid: Uid): Buffer | undefined {
    const key = this.#keys.get(uid);
    if (key === undefined) return undefined;
    this.#keys.delete(uid);
    this.#keys.set(uid, key);
    return key;
  }

  /** Keeps a key; the one that is there already stays, somebody may be using it. */
  set(uid: Uid, key: Buffer): void {
    if (this.#keys.has(uid)) return;
    this.#keys.set(uid, key);
    if (this.#keys.size <= this.#maximum) return;
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      return;
    }
  }

  /** Takes a key out and leaves none of its bytes in memory. */
  erase(uid: Uid): void {
    this.#keys.get(uid)?.fill(0);
    this.#keys.delete(uid);
  }
}
