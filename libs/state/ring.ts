import { messageOf } from '@taffrail/platform/failure';
import type { Revision } from '@taffrail/platform/brand';
import type { Logger } from '@taffrail/platform/logger';
import type { Change } from './change.ts';
import type { ResourceId } from './state-view.ts';

export interface ChangeListener {
  onChanges(changes: readonly Change[]): void;
  onProgress?(revision: Revision): void;
}

export interface Subscription {
  close(): void;
}

interface CommittedChanges {
  readonly end: Revision;
  readonly changes: readonly Change[];
  readonly bytes: number;
}

interface Subscriber {
  readonly listener: ChangeListener;
  readonly resource: string;
  /** The commit that was the last when it subscribed: it has been told of it already. */
  readonly told: Revision;
  closed: boolean;
}

/**
 * The recent changes of one revision space, bounded in number and bytes, and those who want to hear of new ones.
 * A watch that starts inside the ring gets everything after its revision without a gap; one that starts before it is
 * told so. Changes are handed over while the commit is being folded: a listener must not block and must not throw.
 */
export class Ring {
  readonly #bounds: { readonly count: number; readonly bytes: number };
  readonly #logger: Logger;
  readonly #commits: CommittedChanges[] = [];
  readonly #byResource = new Map<string, Set<Subscriber>>();
  readonly #progress = new Set<Subscriber>();
  #first = 0;
  #count = 0;
  #bytes = 0;
  #floor: Revision;
  #end: Revision;

  /** `floor` is the revision the space stands at: nothing before it can be told. */
  constructor(floor: Revision, bounds: { readonly count: number; readonly bytes: number }, logger: Logger) {
    this.#floor = floor;
    this.#end = floor;
    this.#bounds = bounds;
    this.#logger = logger;
  }

  /** Everything after this revision is still known. */
  get floor(): Revision {
    return this.#floor;
  }

  /** The end of the last commit. */
  get end(): Revision {
    return this.#end;
  }

  /** Puts others in the place of changes that nobody is to be told of as they were. */
  replace(replacement: (change: Change) => Change): void {
    for (let index = this.#first; index < this.#commits.length; index++) {
      const commit = this.#commits[index] as CommittedChanges;
      const changes = commit.changes.map(replacement);
      if (changes.some((change, at) => change !== commit.changes[at])) this.#commits[index] = { ...commit, changes };
    }
  }

  /** Takes a commit's changes in and hands them to their subscribers. `end` is the commit's last revision. */
  push(end: Revision, changes: readonly Change[]): void {
    const bytes = changes.reduce((sum, change) => sum + change.current.stored.byteLength, 0);
    this.#commits.push({ end, changes, bytes });
    this.#end = end;
    this.#count += changes.length;
    this.#bytes += bytes;
    this.#trim();
    for (const [resource, ours] of Map.groupBy(changes, (change) => resourceName(change.key))) {
      for (const subscriber of this.#byResource.get(resource) ?? []) {
        if (subscriber.told < end) this.#tell(subscriber, ours);
      }
    }
    for (const subscriber of this.#progress) {
      if (subscriber.told < end) this.#tellProgress(subscriber, end);
    }
  }

  /**
   * Subscribes to a resource's changes from the first after `after`; those that are known already are handed over
   * before this returns. Undefined when `after` lies before the ring.
   */
  subscribe(resource: ResourceId, after: Revision, listener: ChangeListener): Subscription | undefined {
    if (after < this.#floor) return undefined;
    const subscriber: Subscriber = { listener, resource: resourceName(resource), told: this.#end, closed: false };
    for (let index = this.#first; index < this.#commits.length; index++) {
      const commit = this.#commits[index] as CommittedChanges;
      if (commit.end <= after) continue;
      const ours = commit.changes.filter(
        (change) => change.revision > after && resourceName(change.key) === subscriber.resource,
      );
      if (ours.length > 0) this.#tell(subscriber, ours);
    }
    if (!subscriber.closed) this.#add(subscriber);
    return Object.freeze({ close: () => this.#remove(subscriber) });
  }

  #add(subscriber: Subscriber): void {
    let subscribers = this.#byResource.get(subscriber.resource);
    if (subscribers === undefined) this.#byResource.set(subscriber.resource, (subscribers = new Set()));
    subscribers.add(subscriber);
    if (subscriber.listener.onProgress !== undefined) this.#progress.add(subscriber);
  }

  #remove(subscriber: Subscriber): void {
    subscriber.closed = true;
    this.#byResource.get(subscriber.resource)?.delete(subscriber);
    this.#progress.delete(subscriber);
  }

  #tell(subscriber: Subscriber, changes: readonly Change[]): void {
    this.#guarded(subscriber, () => subscriber.listener.onChanges(changes));
  }

  #tellProgress(subscriber: Subscriber, end: Revision): void {
    this.#guarded(subscriber, () => subscriber.listener.onProgress?.(end));
  }

  /** A listener that throws is a bug of its own; it is cut off, and neither the commit nor the others suffer. */
  #guarded(subscriber: Subscriber, call: () => void): void {
    if (subscriber.closed) return;
    try {
      call();
    } catch (error) {
      this.#logger.error(
        { error: messageOf(error), resource: subscriber.resource },
        'a watch listener failed and was cut off',
      );
      this.#remove(subscriber);
    }
  }

  #trim(): void {
    while (this.#count > this.#bounds.count || this.#bytes > this.#bounds.bytes) {
      const oldest = this.#commits[this.#first];
      if (oldest === undefined) return;
      this.#commits[this.#first++] = EMPTY;
      this.#count -= oldest.changes.length;
      this.#bytes -= oldest.bytes;
      this.#floor = oldest.end;
    }
    // What was dropped is cut off in bulk: one shift of the array for many.
    if (this.#first > 1024 && this.#first * 2 > this.#commits.length) {
      this.#commits.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

const EMPTY: CommittedChanges = Object.freeze({ end: 0 as Revision, changes: Object.freeze([]), bytes: 0 });

function resourceName(id: ResourceId): string {
  return `${id.group}/${id.resource}`;
}
