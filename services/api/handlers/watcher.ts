import type { Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { Clock } from '@taffrail/platform/clock';
import type { Change, Subscription } from '@taffrail/state/state-machine';
import type { Encoding, Watched, WatchEventType } from '../encoding/encoding.ts';
import type { ResponseStream } from '../http/exchange.ts';
import type { OpenWatch } from './open-watches.ts';
import { firstBytes, type Telling } from './watch-events.ts';
import type { GroupMember, Membership } from './watch-group.ts';

export interface WatcherOptions {
  readonly stream: ResponseStream;
  readonly encoding: Encoding;
  /** What changes are to this watch; undefined when nothing. */
  readonly tellingOf: (changes: readonly Change[]) => Telling | undefined;
  /** Makes it one of those that are told of changes as they come; undefined when they come no more. */
  readonly join: (watcher: GroupMember) => Membership | undefined;
  readonly clock: Clock;
  readonly bookmarks: boolean;
  /** The revision up to which every change has been told; undefined when that cannot be said, before the watch is live. */
  readonly progress: (live: boolean) => Revision | undefined;
  readonly onCutOff: (queuedBytes: number) => void;
  /** Runs once when the watch is over. */
  readonly onEnd: (watcher: OpenWatch) => void;
}

/**
 * One open watch: turns changes into events on its stream. Changes that come while the past or the initial objects are
 * still being written wait in line, unencoded; then it joins those who are told the same as it. One that reads too slowly is cut off when `limits.watcherBufferBytes`
 * wait for it; what memory held already when it came is not counted, and is written at the pace it reads.
 */
export class Watcher implements OpenWatch, GroupMember {
  readonly #options: WatcherOptions;
  /** Changes to be written before live ones may be; undefined once live. */
  #backlog: (readonly Change[])[] | undefined = [];
  #backlogBytes = 0;
  #first = true;
  #bookmarked: Revision;
  #subscription: Subscription | undefined;
  #membership: Membership | undefined;
  #cancelTimers: (() => void)[] = [];
  #ended = false;

  constructor(options: WatcherOptions, from: Revision) {
    this.#options = options;
    this.#bookmarked = from;
    options.stream.onClose(() => this.#stop());
  }

  get closed(): boolean {
    return this.#ended || this.#options.stream.closed;
  }

  get connection(): object {
    return this.#options.stream.connection;
  }

  /** Takes over the subscription to what changes before the watch is live. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#ended) subscription.close();
  }

  /** Changes of one commit, in order, before the watch is live. */
  onChanges(changes: readonly Change[]): void {
    if (this.closed || this.#backlog === undefined) return;
    this.#backlog.push(changes);
    if (this.#subscription !== undefined) {
      for (const { current } of changes) this.#backlogBytes += current.stored.byteLength;
    }
    // The stream's own queue is held down by back-pressure meanwhile and says nothing about the client.
    this.#cutOffBeyond(this.#backlogBytes);
  }

  /** Writes the events of one commit. */
  tell(telling: Telling): void {
    if (this.#ended) return; // what is written to a stream that closes in this turn is dropped there
    const { stream, encoding } = this.#options;
    if (this.#first) {
      this.#first = false;
      stream.write(firstBytes(encoding, telling));
    } else {
      stream.write(telling.bytes);
    }
    if (this.#backlog === undefined) this.#cutOffBeyond(stream.queuedBytes);
  }

  fail(): void {
    this.#stop();
    this.#options.stream.destroy();
  }

  /** Writes events that come before the live ones, with back-pressure. */
  async write(type: WatchEventType, objects: Iterable<Watched>): Promise<void> {
    const { stream, encoding } = this.#options;
    let pieces: Uint8Array[] = [];
    for (const object of objects) {
      if (this.closed) return;
      encoding.event(pieces, type, object, this.#first);
      this.#first = false;
      if (pieces.length < 64) continue;
      stream.write(Buffer.concat(pieces));
      pieces = [];
      if (stream.queuedBytes > limits.watchInitialQueueBytes) await stream.drained();
    }
    if (pieces.length > 0 && !this.closed) stream.write(Buffer.concat(pieces));
    if (stream.queuedBytes > limits.watchInitialQueueBytes) await stream.drained();
  }

  /** Marks the end of the initial events, for clients that asked for them. */
  endInitialEvents(at: Revision): void {
    if (!this.closed) this.#options.stream.write(this.#options.encoding.bookmark(at, true));
  }

  /** Writes the changes that waited, at the pace the client reads, and then the live ones as they come. */
  async goLive(): Promise<void> {
    const { stream } = this.#options;
    while (this.#backlog !== undefined && !this.closed) {
      const changes = this.#backlog.shift();
      if (changes === undefined) {
        this.#join();
        return;
      }
      const telling = this.#options.tellingOf(changes);
      if (telling !== undefined) this.tell(telling);
      if (stream.queuedBytes > limits.watchInitialQueueBytes) await stream.drained();
    }
  }

  /** From here on its group tells it. Both know of every commit so far, and nothing is committed in between. */
  #join(): void {
    this.#backlog = undefined;
    this.#backlogBytes = 0;
    this.#membership = this.#options.join(this);
    this.#subscription?.close();
    if (this.#membership === undefined) this.fail();
  }

  /** Starts the bookmark interval and the end of the watch. */
  startTimers(timeoutMs: number): void {
    if (this.closed) return;
    const { clock } = this.#options;
    const beat = (): void => {
      this.#bookmark();
      if (!this.closed) this.#cancelTimers[0] = clock.after(limits.bookmarkIntervalMs, beat);
    };
    this.#cancelTimers = [
      this.#options.bookmarks ? clock.after(limits.bookmarkIntervalMs, beat) : () => undefined,
      clock.after(timeoutMs, () => this.end()),
    ];
  }

  /** Ends the watch in order, after a last bookmark that tells the client where to go on. */
  end(): void {
    if (this.closed) return;
    this.#membership?.settle();
    this.#bookmark();
    this.#options.stream.end();
    this.#stop();
  }

  #bookmark(): void {
    if (!this.#options.bookmarks || this.closed) return;
    this.#membership?.settle();
    const progress = this.#options.progress(this.#backlog === undefined);
    if (progress === undefined || progress <= this.#bookmarked) return;
    this.#bookmarked = progress;
    this.#options.stream.write(this.#options.encoding.bookmark(progress, false));
  }

  #cutOffBeyond(queuedBytes: number): void {
    if (queuedBytes <= limits.watcherBufferBytes) return;
    this.#options.onCutOff(queuedBytes);
    this.fail();
  }

  #stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#backlog = [];
    for (const cancel of this.#cancelTimers) cancel();
    this.#subscription?.close();
    this.#membership?.close();
    this.#options.onEnd(this);
  }
}
