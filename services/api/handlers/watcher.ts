import type { Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { Clock } from '@taffrail/platform/clock';
import type { Selection } from '@taffrail/state/selection';
import type { Change, Subscription } from '@taffrail/state/state-machine';
import type { Encoding, Watched, WatchEventType } from '../encoding/encoding.ts';
import type { ResponseStream } from '../http/exchange.ts';
import type { OpenWatch } from './open-watches.ts';
import { noticeOf, type SharedEvents } from './watch-events.ts';

export interface WatcherOptions {
  readonly stream: ResponseStream;
  readonly encoding: Encoding;
  readonly shared: SharedEvents;
  readonly selection: Selection;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
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
 * still being written wait in line, unencoded. One that reads too slowly is cut off when `limits.watcherBufferBytes`
 * wait for it; what memory held already when it came is not counted, and is written at the pace it reads.
 */
export class Watcher implements OpenWatch {
  readonly #options: WatcherOptions;
  /** Changes to be written before live ones may be; undefined once live. */
  #backlog: (readonly Change[])[] | undefined = [];
  #backlogBytes = 0;
  #first = true;
  #bookmarked: Revision;
  #subscription: Subscription | undefined;
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

  /** Takes over the live subscription; closed with the watch. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#ended) subscription.close();
  }

  /** Changes of one commit, in order. */
  onChanges(changes: readonly Change[]): void {
    if (this.closed) return;
    if (this.#backlog === undefined) {
      this.#tell(changes);
    } else {
      this.#backlog.push(changes);
      if (this.#subscription !== undefined) {
        for (const { current } of changes) this.#backlogBytes += current.stored.byteLength;
      }
    }
    this.#cutOffWhenSlow();
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
        this.#backlog = undefined;
        this.#backlogBytes = 0;
        return;
      }
      this.#tell(changes);
      if (stream.queuedBytes > limits.watchInitialQueueBytes) await stream.drained();
    }
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
    this.#bookmark();
    this.#options.stream.end();
    this.#stop();
  }

  #bookmark(): void {
    if (!this.#options.bookmarks || this.closed) return;
    const progress = this.#options.progress(this.#backlog === undefined);
    if (progress === undefined || progress <= this.#bookmarked) return;
    this.#bookmarked = progress;
    this.#options.stream.write(this.#options.encoding.bookmark(progress, false));
  }

  #tell(changes: readonly Change[]): void {
    const { stream, encoding, shared, selection, namespace } = this.#options;
    if (changes.length > 1) stream.cork();
    for (const change of changes) {
      if (namespace !== undefined && change.key.namespace !== namespace) continue;
      const notice = noticeOf(change, selection);
      if (notice === undefined) continue;
      stream.write(shared.encode(encoding, notice, this.#first));
      this.#first = false;
    }
    if (changes.length > 1) stream.uncork();
  }

  #cutOffWhenSlow(): void {
    // While catching up the stream's own queue is held down by back-pressure and says nothing about the client.
    const queued = this.#backlog === undefined ? this.#options.stream.queuedBytes : this.#backlogBytes;
    if (queued <= limits.watcherBufferBytes) return;
    this.#options.onCutOff(queued);
    this.#stop();
    this.#options.stream.destroy();
  }

  #stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#backlog = [];
    for (const cancel of this.#cancelTimers) cancel();
    this.#subscription?.close();
    this.#options.onEnd(this);
  }
}
