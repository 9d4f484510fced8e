import { revision, revisionOf, sequence, sequenceOf, type Revision, type Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import { assert } from '@taffrail/platform/assert';
import type { EventDraft, LogEvent } from '@taffrail/log/event';
import { decodeLatest, encodeLatest, type LatestLog, type LatestValue } from '@taffrail/log/latest-log';
import { objectSubject } from '@taffrail/log/subject';
import { isRejection } from '@taffrail/machinery/rejection';
import type { ObjectKey } from '@taffrail/resources/object';
import { acceptedOf } from './answer.ts';
import { Confirmation } from './confirmation.ts';
import type { Command, RequestContext } from './command.ts';
import { decide } from './decide/decide.ts';
import type { Draft } from './decide/decision.ts';
import type { DecideState } from './decide/state.ts';
import { isBehind } from './list-order.ts';
import { applyChange, evolve, type FoldContext, type LiveChange } from './evolve.ts';
import type { LiveObject } from './live-object.ts';
import { LiveSet } from './live-set.ts';
import type { Accepted, AcceptedObject, Outcome } from './outcome.ts';
import { contended, tooManyRequests } from './overload.ts';
import { Progress } from './progress.ts';
import { Ring } from './ring.ts';
import { drawSeed } from './seed.ts';
import { selects } from './selection.ts';
import type { StateView } from './state-view.ts';

export interface LatestLedgerOptions {
  readonly log: LatestLog;
  readonly fold: FoldContext;
  readonly stateOf: (own: StateView) => DecideState;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Nobody else writes to this log. */
  readonly soleWriter: boolean;
  readonly onFailure: (error: OperatingError) => void;
}

/** Opens the space of last values: what the log holds now, then following it. */
export async function openLatestLedger(options: LatestLedgerOptions, signal: AbortSignal): Promise<LatestLedger> {
  const { head, values } = await options.log.load(signal);
  const ledger = new LatestLedger(options, head);
  for (const value of values) ledger.fold(value);
  ledger.start();
  return ledger;
}

/**
 * The revision space of resources of which only the last value is kept (Leases). There is no commit and no chain: each
 * object is its own subject, decided on its last known value and fenced by that value's sequence, so two objects never
 * wait for each other. A revision is the value's stream sequence * 1024.
 *
 * Values are folded in the stream's order by the follower alone; a caller is answered when its own value has been
 * folded, so that a read after the answer shows it. Commands for one object stand in line here; a fence that is lost to
 * another server is decided again on the newer value.
 */
export class LatestLedger {
  readonly live = new LiveSet();
  readonly ring: Ring;
  readonly #options: LatestLedgerOptions;
  readonly #progress: Progress;
  /** The last sequence of every subject, deleted objects included: what the next put is fenced by. */
  readonly #lastSequences = new Map<string, Sequence>();
  /** The end of the line of each object that has one. */
  readonly #lines = new Map<string, Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #confirmation: Confirmation;
  #waiting = 0;
  #failure: OperatingError | undefined;
  #following: Promise<void> = Promise.resolve();
  #cursor: Sequence;

  constructor(options: LatestLedgerOptions, head: Sequence) {
    this.#options = options;
    this.#confirmation = new Confirmation(async () => await this.#reachHead());
    this.#cursor = head;
    // An empty stream that starts at 0 still has a revision clients may name.
    const floor = head === 0 ? revision(1) : revisionOf(head, 0);
    this.#progress = new Progress(floor);
    this.ring = new Ring(floor, { count: limits.watchRingCount, bytes: limits.watchRingBytes }, options.logger);
  }

  get revision(): Revision {
    return this.#progress.revision;
  }

  get queueDepth(): number {
    return this.#waiting;
  }

  async waitFor(at: Revision, signal?: AbortSignal): Promise<void> {
    await this.#progress.waitFor(at, this.#options.clock, limits.waitForRevisionMs, signal);
  }

  /** As `Ledger.isNewest`. */
  get isNewest(): boolean {
    return this.#options.soleWriter && this.#failure === undefined;
  }

  /** As `Ledger.confirm`. */
  async confirm(signal?: AbortSignal): Promise<void> {
    if (this.#options.soleWriter) return;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#confirmation.wait(signal);
  }

  async #reachHead(): Promise<void> {
    const { log, clock } = this.#options;
    const head = await log.head(this.#stop.signal);
    await this.#progress.waitFor(revisionOf(head, 0), clock, limits.waitForRevisionMs, this.#stop.signal);
  }

  /** As `Ledger.submit`. */
  async submit(command: Command, request: RequestContext, signal?: AbortSignal): Promise<Outcome> {
    if (this.#failure !== undefined) throw this.#failure;
    signal?.throwIfAborted();
    if (this.#waiting >= limits.commitQueueCount) return tooManyRequests();
    if (command.type === 'delete-collection') return await this.#deleteCollection(command, request, signal);
    this.#waiting++;
    try {
      return await this.#inLine(lineOf(command), async () => await this.#execute(command, request, signal));
    } finally {
      this.#waiting--;
    }
  }

  async close(): Promise<void> {
    this.#failure ??= new OperatingError('aborted', `log ${this.#options.log.name}: this server is stopping`);
    this.#stop.abort(this.#failure);
    await Promise.allSettled([...this.#lines.values(), this.#following]);
  }

  /** Starts following the log behind what was loaded. */
  start(): void {
    this.#following = this.#follow();
  }

  /** Makes a value part of the state. */
  fold(value: LatestValue): void {
    const event = decodeLatest(value);
    this.#lastSequences.set(value.subject, value.sequence);
    const change = this.#changeOf(event);
    if (change === undefined) return;
    applyChange(this.live, change);
    if (value.sequence <= sequenceOf(this.#progress.revision)) return;
    this.ring.push(change.revision, [change]);
  }

  /** What a value changes, as far as can be told: values in between may have been replaced before they were seen. */
  #changeOf(event: LogEvent): LiveChange | undefined {
    const change = evolve(this.live, event, this.#options.fold);
    if (event.verb === 'deleted') return change.previous === undefined ? undefined : change;
    return { ...change, verb: change.previous === undefined ? 'created' : 'updated' };
  }

  async #execute(command: Command, request: RequestContext, signal: AbortSignal | undefined): Promise<Outcome> {
    for (let attempt = 0; attempt <= limits.lostFencesCount; attempt++) {
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const context = { ...request, nowMs: this.#options.clock.nowMs(), seed: drawSeed(this.#options.random) };
      const before = this.#objectOf(command);
      const decision = decide(this.#options.stateOf(this.live), command, context);
      const draft = isRejection(decision) ? undefined : decision.drafts[0];
      if (isRejection(decision) || draft === undefined) {
        await this.confirm(signal);
        // Where others write, an answer without a put holds only for the object that is still there.
        if (this.#objectOf(command) !== before) continue;
        return isRejection(decision) ? decision : acceptedOf(decision, [], this.revision);
      }
      assert(decision.drafts.length === 1, 'a last value changes alone');
      const seen = this.#progress.revision;
      const stored = await this.#put(draft, context.nowMs);
      if (stored !== undefined) return acceptedOf(decision, [stored], this.revision);
      await this.#newerThan(seen);
    }
    throw contended(this.#options.log.name);
  }

  #objectOf({ target }: Command): LiveObject | undefined {
    return this.live.get(target.definition, target.namespace, target.name);
  }

  /** Stores a draft and waits until it is folded; undefined when another value was there first. */
  async #put(draft: Draft, timeMs: number): Promise<LiveChange | undefined> {
    const { log, fold } = this.#options;
    const subject = objectSubject(log.prefix, draft.key);
    const expected = this.#lastSequences.get(subject) ?? sequence(0);
    const event = eventOf(draft);
    const result = await log.put(subject, encodeLatest(event, timeMs), expected, this.#stop.signal);
    if (result.outcome === 'conflict') return undefined;
    const at = revisionOf(result.sequence, 0);
    const change = evolve(this.live, { ...event, revision: at, timeMs }, fold, draft.contents);
    await this.#progress.waitFor(at, this.#options.clock, limits.startTimeoutMs, this.#stop.signal);
    return change;
  }

  /** Waits for the value that made a put lose its fence; not for long, it may have been folded meanwhile. */
  async #newerThan(seen: Revision): Promise<void> {
    const next = revisionOf(sequence(sequenceOf(seen) + 1), 0);
    try {
      await this.#progress.waitFor(next, this.#options.clock, limits.publishRetryDelayMs, this.#stop.signal);
    } catch (error) {
      if (!(error instanceof OperatingError && error.code === 'timeout')) throw error;
    }
  }

  async #deleteCollection(
    command: Extract<Command, { type: 'delete-collection' }>,
    request: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { target, selection, options, page } = command;
    const { limit = 0, after } = page ?? {};
    const namespace = target.namespace === '' ? undefined : target.namespace;
    const objects: AcceptedObject[] = [];
    let last: Accepted | undefined;
    const selected = this.live
      .list(target.definition, namespace)
      .filter((object) => selects(selection, object) && (after === undefined || isBehind(object.key, after)));
    const rest = limit > 0 && selected.length > limit;
    for (const { key } of rest ? selected.slice(0, limit) : selected) {
      const one = { ...target, namespace: key.namespace, name: key.name };
      const outcome = await this.submit({ type: 'delete', target: one, options }, request, signal);
      if (isRejection(outcome)) {
        if (outcome.code === 404) continue;
        return outcome;
      }
      objects.push(outcome.object);
      last = outcome;
    }
    const empty = acceptedOf(
      {
        drafts: [],
        answer: { type: 'collection', items: [], more: false, rest },
        warnings: [],
        created: false,
        removed: true,
      },
      [],
      this.revision,
    );
    return { ...(last ?? empty), object: empty.object, objects, rest };
  }

  async #inLine<T>(line: string | undefined, task: () => Promise<T>): Promise<T> {
    if (line === undefined) return await task();
    const before = this.#lines.get(line) ?? Promise.resolve();
    const mine = before.then(task, task);
    this.#lines.set(line, mine);
    try {
      return await mine;
    } finally {
      if (this.#lines.get(line) === mine) this.#lines.delete(line);
    }
  }

  async #follow(): Promise<void> {
    const signal = this.#stop.signal;
    try {
      for await (const value of this.#options.log.follow(this.#cursor, signal)) {
        this.#cursor = value.sequence;
        this.fold(value);
        this.#progress.advance(revisionOf(value.sequence, 0));
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const failure =
      error instanceof OperatingError
        ? error
        : new OperatingError('aborted', `log ${this.#options.log.name}: ${messageOf(error)}`, { cause: error });
    this.#failure = failure;
    this.#options.logger.fatal({ err: failure, code: failure.code }, 'leases can no longer be written');
    this.#stop.abort(failure);
    this.#options.onFailure(failure);
  }
}

/** Commands for one object are decided one after the other; a name that is still to be generated is nobody else's. */
function lineOf(command: Command): string | undefined {
  const { definition, namespace, name } = command.target;
  const given = name === '' && command.type === 'create' ? (command.object.metadata.name ?? '') : name;
  return given === '' ? undefined : `${definition.group}/${definition.resource}/${namespace}/${given}`;
}

function eventOf(draft: Draft): EventDraft {
  const { key, definition } = draft;
  const place: ObjectKey = { group: key.group, resource: key.resource, namespace: key.namespace, name: key.name };
  return {
    verb: draft.verb,
    ...place,
    version: definition.version,
    uid: draft.uid,
    previousRevision: draft.previous?.revision ?? revision(0),
    object: draft.stored,
    actor: draft.actor,
    cause: draft.cause,
    request: draft.request,
    transactionStart: 0,
    transactionEnd: 0,
  };
}
