import { setImmediate } from 'node:timers/promises';
import { revisionOf, sequence, type Revision, type Sequence } from '@taffrail/platform/brand';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { Metrics } from '@taffrail/platform/metrics';
import { noTracer } from '@taffrail/platform/tracer';
import { chainChecks } from '@taffrail/log/chain-checks';
import type { Commit } from '@taffrail/log/commit';
import { encodeCommit, encodedCommit } from '@taffrail/log/commit-codec';
import { commitTail, type CommitTail } from '@taffrail/log/commit-tail';
import type { EventDraft } from '@taffrail/log/event';
import { sealPlan } from '@taffrail/log/seal-events';
import { readVerified } from '@taffrail/log/verified-reader';
import { isRejection } from '@taffrail/machinery/rejection';
import { acceptedOf } from './answer.ts';
import { appendOrReject } from './append-or-reject.ts';
import type { Command, RequestContext, TransactionCommand } from './command.ts';
import { CommitObserver } from './commit-observer.ts';
import { commitTime } from './commit-time.ts';
import { Confirmation } from './confirmation.ts';
import { decide } from './decide/decide.ts';
import type { Decision } from './decide/decision.ts';
import type { DecideState } from './decide/state.ts';
import { decideTransaction, imagined } from './decide/transaction.ts';
import { applyChange, type LiveChange } from './evolve.ts';
import { foldCommit, positionOf } from './fold-commit.ts';
import type { LedgerOptions } from './ledger-options.ts';
import type { LiveSet } from './live-set.ts';
import { openInTime, openOr } from './open-commit.ts';
import type { Outcome } from './outcome.ts';
import { contended, tooManyRequests } from './overload.ts';
import type { Position } from './position.ts';
import { Progress } from './progress.ts';
import type { Ring } from './ring.ts';
import { Round, withinBounds } from './round.ts';
import { drawSeed } from './seed.ts';
import { commandBytes, type Member, type Waiting } from './waiting.ts';
import { WaitingLine } from './waiting-line.ts';
import { WrittenHashes } from './written-hashes.ts';

/*
 * This is the one place where writes of a revision space are put in order. Everything else in the product may run side
 * by side; here there is one line, one commit in flight, and one owner of the committed state.
 *
 * Why one line. Uniqueness (a name, a cluster IP, a node port), preconditions and transactions are only exact when each
 * decision is made on the state its events will really follow. A log gives a total order after the fact; to decide
 * before it, the writer has to know what will stand in front of its events. So commands are decided one after the other
 * on the committed state plus what this very commit already holds (an overlay, not a copy), and their events take
 * consecutive places. A refused command leaves nothing behind: its neighbours never notice it.
 *
 * Why one commit in flight. Its predecessor's hash stands inside it and its fence names the predecessor's sequence, so a
 * second commit could only be published on a guess. One at a time costs nothing: whoever comes while a commit is on its
 * way joins the next one, so the number of events per fsync grows with the load (group commit), and an idle log is
 * written to at once: there is no timer anywhere that waits for company.
 *
 * Why commands are decided when the commit before theirs is settled, and not on arrival. Between the two the outcome of
 * the commit in flight is unknown. A decision made on top of it would have to be remembered, withheld and, when the fence
 * is lost, made again; deciding late leaves one speculation to reason about, the open commit itself.
 *
 * Who is told what. The caller of a command with events hears of it when they are durable and folded, never earlier: a
 * read after the answer shows the write. A refusal, a no-op or a dry run may rest on events of the same commit, so it
 * waits for that commit too; when there are none before it, it rests on committed state and is answered at once.
 *
 * Who goes first. Callers take turns (`waiting-line.ts`), so that one who floods the line waits for itself.
 *
 * Where other processes may write to the same log (unless this one was told that it is alone; seen once, remembered),
 * committed state here may be a moment old. A commit cannot be: its fence proves that nothing came in between. Answers
 * without a commit are then held until the log has said where it ends, one question for all that wait; if it has gone on,
 * they are decided again. Reads that want the newest state ask the same question (`confirm`).
 *
 * When the fence is lost someone else wrote. The speculation is thrown away, what is new is read (verified), folded, and
 * the same commands are decided again in the same order. Nobody was answered from what was lost. After
 * `limits.lostFencesCount` rounds a caller gets `unavailable`: it may retry, nothing of its command was stored.
 *
 * When the log refuses (unavailable, storage full) the commit is certainly not stored: its callers get that error, the
 * committed state has not moved, and the next commit is tried with the commands after them. When the outcome stays
 * unknown (`aborted`) the ledger stops for good. Going on would mean building on a state that may not exist, or
 * publishing events that may stand in the log twice; the process restarts and reads the truth.
 *
 * Encrypted objects are in clear here, in memory, and in the log they are not. Commits are sealed last, when everything is
 * decided, and opened first. New data keys are durable before the commit that uses them is published. Where one cannot be
 * kept its command is refused; its neighbours may rest on what it would have made, so they are decided again without it.
 *
 * Time is max(clock, previous commit's time), stamped per commit, so it never goes back along the log. A machine whose
 * clock lies far behind refuses to write rather than date everything to the last commit.
 */

const ANOTHER_WRITER =
  'another server writes to this log; from now on reads ask the log where it ends (start both without --sole-writer)';

/** One revision space over one CommitLog. */
export class Ledger {
  readonly live: LiveSet;
  readonly ring: Ring;
  /** The log behind the state, read once for all who follow it. */
  readonly commits: CommitTail;
  readonly #options: LedgerOptions;
  readonly #progress: Progress;
  readonly #line = new WaitingLine();
  readonly #hashes = new WrittenHashes();
  readonly #observer: CommitObserver;
  readonly #stop = new AbortController();
  /** Another process may write to this log, or has. */
  #othersWrite: boolean;
  readonly #confirmation: Confirmation;
  #position: Position;
  #inFlight: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #failure: OperatingError | undefined;
  readonly #following: Promise<void>;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.live = options.live;
    const { log, clock, tracer = noTracer, metrics = new Metrics() } = options;
    this.#observer = new CommitObserver(log.name, clock, tracer, metrics);
    this.#othersWrite = !options.soleWriter;
    this.#confirmation = new Confirmation(async () => await this.#reachHead());
    this.#position = options.position;
    this.#progress = new Progress(options.position.end);
    this.ring = options.ring;
    const { sequence: at, hash, timeMs } = options.position;
    const start = { at: 'after', sequence: at, hash, timeMs } as const;
    this.commits = commitTail({ log, start, signal: this.#stop.signal, checked: chainChecks(metrics, log.name) });
    this.#following = this.#follow();
  }

  /** Where the committed state stands. */
  get position(): Position {
    return this.#position;
  }

  get revision(): Revision {
    return this.#position.end;
  }

  get queueDepth(): { readonly commands: number; readonly bytes: number } {
    return this.#line.depth;
  }

  /**
   * Resolves when the command is durable or refused. Rejects with OperatingError when the log cannot take it, and with
   * the signal's reason when the caller stops waiting (the command may be committed nevertheless).
   */
  async submit(command: Command | TransactionCommand, request: RequestContext, signal?: AbortSignal): Promise<Outcome> {
    if (this.#failure !== undefined) throw this.#failure;
    signal?.throwIfAborted();
    const bytes = commandBytes(command);
    if (!this.#line.hasRoomFor(request.actor.user, bytes)) return tooManyRequests();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const waiting: Waiting = {
      command,
      request,
      bytes,
      seed: drawSeed(this.#options.random),
      lostFences: 0,
      abandoned: false,
      collected: new Map(),
      resolve,
      reject,
    };
    const abandon = (): void => {
      waiting.abandoned = true;
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abandon, { once: true });
    this.#enqueue(waiting);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abandon);
    }
  }

  async waitFor(at: Revision, signal?: AbortSignal): Promise<void> {
    await this.#progress.waitFor(at, this.#options.clock, limits.waitForRevisionMs, signal);
  }

  /** Whether the committed state is the newest without asking: nobody else writes to this log. */
  get isNewest(): boolean {
    return !this.#othersWrite && this.#failure === undefined;
  }

  /**
   * Resolves when the committed state is no older than this call. Asks the log only when others may write to it, one
   * question for all who wait. Throws OperatingError `unavailable` when the log does not answer, `timeout`.
   */
  async confirm(signal?: AbortSignal): Promise<void> {
    if (!this.#othersWrite) return;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#confirmation.wait(signal);
  }

  /** Refuses new commands, waits a while for the commit in flight, and stops following the log. */
  async close(): Promise<void> {
    const closed = new OperatingError('aborted', `log ${this.#options.log.name}: this server is stopping`);
    this.#failure ??= closed;
    this.#line.rejectAll(closed);
    const giveUp = this.#options.clock.after(limits.closeMs, () => this.#stop.abort(closed));
    await this.#inFlight;
    giveUp();
    this.#stop.abort(closed);
    await this.#running;
    await this.#following;
  }

  async #reachHead(): Promise<void> {
    const { sequence: head } = await this.#options.log.head(this.#stop.signal);
    await this.#progress.waitFor(revisionOf(head, 0), this.#options.clock, limits.waitForRevisionMs, this.#stop.signal);
  }

  #enqueue(waiting: Waiting): void {
    this.#line.join(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Until what has arrived by now is read: commands that came together are committed together.
    await setImmediate();
    try {
      while (!this.#line.isEmpty && this.#failure === undefined) {
        const { round, members } = this.#decideRound();
        if (members.length === 0) continue;
        this.#inFlight = this.#settle(round, members);
        await this.#inFlight;
        this.#inFlight = undefined;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#inFlight = undefined;
      this.#running = undefined;
    }
  }

  /** Decides what waits, in order, until a commit is full. Answers at once what rests on committed state alone. */
  #decideRound(): { readonly round: Round; readonly members: readonly Member[] } {
    const timeMs = commitTime(this.#options.log.name, this.#position, this.#options.clock);
    const next = sequence(this.#position.sequence + 1);
    if (timeMs instanceof OperatingError) {
      this.#line.rejectAll(timeMs);
      return { round: new Round(this.live, next, this.#position.timeMs, this.#options.fold), members: [] };
    }
    const round = new Round(this.live, next, timeMs, this.#options.fold, this.#options.vault.encrypts);
    const state = this.#options.stateOf(round.overlay);
    const members: Member[] = [];
    this.#line.takeWhile((waiting) => {
      if (members.length >= limits.commitCommandsCount) return false;
      if (waiting.abandoned) return true;
      const decision = this.#decideOne(round, state, waiting);
      if (decision === undefined) return true;
      if (!isRejection(decision) && !round.hasRoomFor(decision)) return false;
      const member: Member = { waiting, decision, changes: isRejection(decision) ? [] : round.add(decision) };
      if (round.events.length === 0 && !this.#othersWrite) this.#answer(member);
      else members.push(member);
      return true;
    });
    return { round, members };
  }

  /** A decision that throws is a bug; it fails its own command and no other. */
  #decideOne(round: Round, state: DecideState, { command, request, seed, ...waiting }: Waiting): Decision | undefined {
    const { encrypts } = this.#options.vault;
    const span = this.#observer.decision(request, command.type);
    try {
      const context = { ...request, nowMs: round.timeMs, seed };
      if (command.type !== 'transaction') return withinBounds(decide(state, command, context), encrypts);
      const branch = round.branch();
      const speculation = { state: this.#options.stateOf(branch.overlay), add: branch.add };
      const decision = withinBounds(decideTransaction(speculation, command, context), encrypts);
      return isRejection(decision) || !request.dryRun ? decision : imagined(decision);
    } catch (error) {
      this.#options.logger.error({ err: error, command: command.type }, 'a command could not be decided');
      waiting.reject(error);
      return undefined;
    } finally {
      span?.end();
    }
  }

  /** Whatever goes wrong, nobody is left waiting. */
  async #settle(round: Round, members: readonly Member[]): Promise<void> {
    try {
      if (round.events.length === 0) await this.#confirm(round, members);
      else {
        const events = await this.#seal(round, members);
        if (events !== undefined) await this.#commit(round, members, events);
      }
    } catch (error) {
      this.#fail(error);
      for (const { waiting } of members) waiting.reject(this.#failure);
    }
  }

  /** Answers what rests on committed state alone, once the log says that this is all there is. */
  async #confirm(round: Round, members: readonly Member[]): Promise<void> {
    const head = await this.#headOrReject(members);
    if (head === undefined) return;
    if (head >= round.sequence) await this.#decideAgain(members, head);
    else for (const member of members) this.#answer(member);
  }

  async #headOrReject(members: readonly Member[]): Promise<Sequence | undefined> {
    try {
      return (await this.#options.log.head(this.#stop.signal)).sequence;
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code === 'aborted') throw error;
      for (const { waiting } of members) waiting.reject(error);
      return undefined;
    }
  }

  /** The round's events as the log will have them. Undefined when some cannot be sealed: the others are put back. */
  async #seal(round: Round, members: readonly Member[]): Promise<readonly EventDraft[] | undefined> {
    const plan = sealPlan(this.#options.vault, round.events);
    const failures = await plan.prepare(this.#stop.signal);
    if (failures.size === 0) return plan.sealed();
    const again = members.filter(({ waiting, changes }) => {
      const failure = changes.map(({ current }) => failures.get(current.uid)).find((one) => one !== undefined);
      if (failure !== undefined) waiting.reject(failure);
      return failure === undefined;
    });
    this.#line.putBack(again.map(({ waiting }) => waiting));
    return undefined;
  }

  async #commit(round: Round, members: readonly Member[], events: readonly EventDraft[]): Promise<void> {
    const draft = round.draft(this.#position.hash, events);
    const payload = encodeCommit(draft);
    const observed = this.#observer.commit(
      members.map(({ waiting }) => waiting.request),
      { sequence: round.sequence, events: round.events.length, bytes: payload.byteLength },
    );
    const appended = { payload, members, observed };
    const appending = appendOrReject(this.#options, appended, this.#position.sequence, this.#stop.signal);
    // While the disk is at work: what the log is going to give back, and its hash.
    const commit = encodedCommit(draft, payload);
    this.commits.expect(commit);
    const result = await appending;
    if (result?.outcome !== 'appended') this.commits.forget(commit.sequence);
    if (result === undefined) return;
    if (result.outcome === 'lost-fence') {
      observed.lostFence();
      await this.#decideAgain(members, result.head);
      return;
    }
    const { changes } = round.overlay;
    for (const change of changes) applyChange(this.live, change);
    observed.stored(members.map((member) => member.changes.at(-1)?.revision));
    this.#advance(changes, {
      sequence: result.sequence,
      hash: commit.hash,
      timeMs: round.timeMs,
      end: revisionOf(round.sequence, round.events.length - 1),
    });
    for (const member of members) this.#answer(member);
  }

  /** Folds what others wrote, and puts the commands back to the head of the line. */
  async #decideAgain(members: readonly Member[], head: Sequence): Promise<void> {
    this.#options.logger.debug({ head, commands: members.length }, 'the fence was lost; deciding again');
    const again: Waiting[] = [];
    for (const { waiting } of members) {
      waiting.lostFences++;
      if (waiting.lostFences <= limits.lostFencesCount) again.push(waiting);
      else waiting.reject(contended(this.#options.log.name));
    }
    const { sequence: at, hash, timeMs } = this.#position;
    const start = { at: 'after', sequence: at, hash, timeMs } as const;
    for await (const commit of readVerified(this.#options.log, { start, until: head, signal: this.#stop.signal })) {
      const opened = await openOr(this.#options.vault, commit, (error) => {
        for (const { reject } of again) reject(error);
      });
      if (opened === undefined) return;
      this.#fold(opened);
    }
    this.#line.putBack(again);
  }

  #answer({ waiting, decision, changes }: Member): void {
    if (isRejection(decision)) {
      waiting.resolve(decision);
      return;
    }
    const accepted = acceptedOf(decision, changes, this.revision);
    if (accepted.objects === undefined) {
      waiting.resolve(accepted);
      return;
    }
    for (const object of accepted.objects) waiting.collected.set(object.object().metadata.uid ?? '', object);
    if (decision.answer.type === 'collection' && decision.answer.more && !waiting.request.dryRun)
      this.#enqueue(waiting);
    else waiting.resolve({ ...accepted, objects: [...waiting.collected.values()] });
  }

  /** Makes a commit of someone else part of the committed state; one that is part of it already must be the same. */
  #fold(commit: Commit): void {
    if (commit.sequence <= this.#position.sequence) {
      this.#hashes.requireSame(this.#options.log.name, commit);
      return;
    }
    if (!this.#othersWrite) {
      this.#options.logger.warn({ log: this.#options.log.name, commit: commit.sequence }, ANOTHER_WRITER);
    }
    this.#othersWrite = true;
    this.#advance(foldCommit(this.live, commit, this.#options.fold), positionOf(commit));
  }

  /** Tells what is part of the committed state now. */
  #advance(changes: readonly LiveChange[], position: Position): void {
    this.#position = position;
    this.#hashes.remember(position.sequence, position.hash);
    this.ring.push(position.end, changes);
    this.#progress.advance(position.end);
  }

  /** Reads the log behind the writer: folds what other processes write, and reads back what this one wrote. */
  async #follow(): Promise<void> {
    const { sequence: at, hash, timeMs } = this.#position;
    const signal = this.#stop.signal;
    try {
      const start = { at: 'after', sequence: at, hash, timeMs } as const;
      for await (const commit of this.commits.follow(start, signal)) {
        // A commit that is ahead of us while ours is in flight is most likely ours: its answer comes first.
        const isAhead = (): boolean => commit.sequence > this.#position.sequence;
        while (isAhead() && this.#inFlight !== undefined) await this.#inFlight;
        const opened = isAhead() ? await openInTime(commit, { ...this.#options, signal }) : commit;
        while (isAhead() && this.#inFlight !== undefined) await this.#inFlight;
        this.#fold(opened);
        this.#hashes.forget(commit.sequence);
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const failure =
      error instanceof OperatingError
        ? error
        : new OperatingError('aborted', `log ${this.#options.log.name}: ${messageOf(error)}`, { cause: error });
    this.#failure = failure;
    this.#options.logger.fatal({ err: failure, code: failure.code }, 'this server can no longer write');
    this.#line.rejectAll(failure);
    this.#stop.abort(failure);
    this.#options.onFailure(failure);
  }
}
