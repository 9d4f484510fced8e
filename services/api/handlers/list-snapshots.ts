import type { Revision } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Listed } from '../encoding/readable.ts';

/**
 * Keeps the object lists that clients are paging through, so that every page shows one state and none of them needs
 * Postgres. A snapshot is a list of references, not of bytes. Bounded by count and age; the oldest goes first,
 * and its remaining pages then come from the projection.
 */
export class ListSnapshots {
  readonly #clock: Clock;
  readonly #snapshots = new Map<string, { readonly items: readonly Listed[]; usedMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(definition: ResourceDefinition, namespace: string | undefined, at: Revision): readonly Listed[] | undefined {
    this.#dropOld();
    const name = snapshotName(definition, namespace, at);
    const found = this.#snapshots.get(name);
    if (found === undefined) return undefined;
    found.usedMs = this.#clock.monotonicMs();
    this.#snapshots.delete(name);
    this.#snapshots.set(name, found);
    return found.items;
  }

  keep(definition: ResourceDefinition, namespace: string | undefined, at: Revision, items: readonly Listed[]): void {
    this.#dropOld();
    const name = snapshotName(definition, namespace, at);
    this.#snapshots.delete(name);
    this.#snapshots.set(name, { items, usedMs: this.#clock.monotonicMs() });
    for (const oldest of this.#snapshots.keys()) {
      if (this.#snapshots.size <= limits.listSnapshotsCount) break;
      this.#snapshots.delete(oldest);
    }
  }

  /** Forgets all of them; further pages come from the projection. */
  clear(): void {
    this.#snapshots.clear();
  }

  #dropOld(): void {
    const olderThan = this.#clock.monotonicMs() - limits.listSnapshotMs;
    for (const [name, snapshot] of this.#snapshots) {
      if (snapshot.usedMs >= olderThan) break;
      this.#snapshots.delete(name);
    }
  }
}

function snapshotName(definition: ResourceDefinition, namespace: string | undefined, at: Revision): string {
  return `${definition.group}/${definition.resource}/${namespace ?? '*'}@${at}`;
}
