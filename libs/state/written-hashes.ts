import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Commit } from '@taffrail/log/commit';

/** How many commits' hashes are kept until the follower has seen them too. */
const REMEMBERED_COUNT = 65_536;

/** The hashes of the newest commits that are part of the state, for holding against them what the log gives back. */
export class WrittenHashes {
  readonly #hashes = new Map<Sequence, string>();

  remember(at: Sequence, hash: string): void {
    this.#hashes.set(at, hash);
    if (this.#hashes.size <= REMEMBERED_COUNT) return;
    for (const oldest of this.#hashes.keys()) {
      this.#hashes.delete(oldest);
      return;
    }
  }

  forget(at: Sequence): void {
    this.#hashes.delete(at);
  }

  /** Throws OperatingError `log-corrupt` when a commit reads back otherwise than it was written. */
  requireSame(log: string, commit: Commit): void {
    const known = this.#hashes.get(commit.sequence);
    if (known === undefined || known === commit.hash) return;
    throw new OperatingError(
      'log-corrupt',
      `log ${log}: commit ${commit.sequence} reads back with hash ${commit.hash}, it was written with ${known}`,
    );
  }
}
