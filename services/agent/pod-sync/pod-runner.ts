import { isDeepStrictEqual } from 'node:util';
import { backoff } from '@taffrail/platform/backoff';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { parseTraceparent, traceFields } from '@taffrail/platform/traceparent';
import type { Span } from '@taffrail/platform/tracer';
import type { Pod } from '@taffrail/resources/generated/types';
import type { ReferencedObjects } from '../containers/references.ts';
import { tracedRuntime } from '../runtime/traced-runtime.ts';
import { hasLiveContent } from '../volumes/pod-volumes.ts';
import { actionKey, type PodAction } from './action.ts';
import { execute } from './execute.ts';
import { MutablePodMemory } from './mutable-memory.ts';
import type { HeldReferences, NodeContext } from './node-context.ts';
import { fingerprint, observe } from './observe.ts';
import { containerViews, nothingObserved, type ObservedPod } from './observed-pod.ts';
import { plan } from './plan.ts';
import type { PodPlan, PodPresence, Waiting } from './plan-types.ts';
import { isDeleting, podUid } from './pod-facts.ts';
import { podStatus } from './pod-status.ts';
import { sayOfContainer, type PodTask } from './pod-task.ts';
import { statusPatch, writeStatus, type PodCause } from './status-writer.ts';
import { terminationMessage } from './termination-message.ts';

const revisionOf = (pod: Pod): number => Number(pod.metadata.resourceVersion ?? 0);

/** Whether two versions of a pod ask for the same. */
function isSameButForStatus(one: Pod, other: Pod): boolean {
  return isDeepStrictEqual(asked(one), asked(other));
}

function asked({ spec, metadata }: Pod): unknown {
  return { spec, metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined } };
}

/**
 * Runs one pod: looks, plans, starts the planned actions, and says what it sees; again whenever something may have
 * changed. Looking and planning happen one after the other, actions run beside each other and end in another look.
 * Closing it leaves the containers alone.
 */
export class PodRunner {
  #pod: Pod;
  /** As the source last told of it: behind `#pod` while the answer to our own write is newer. */
  #heard: Pod;
  /** Of the newest change the feed told of. */
  #why: PodCause;
  #presence: PodPresence = 'present';
  #observed: ObservedPod = nothingObserved;
  #plan: PodPlan = { actions: [], waiting: new Map(), wakeMs: undefined };
  #dirty = false;
  #looping = false;
  #writing = false;
  #cancelWake = (): void => undefined;
  #cancelReport = (): void => undefined;
  #held: HeldReferences | undefined;
  #volumesStale = false;
  #seen = '';
  /** Sandboxes and containers, as last seen or just made. */
  readonly #ids = new Set<string>();
  readonly #memory = new MutablePodMemory();
  readonly #messages = new Map<string, string>();
  readonly #context: NodeContext;
  readonly #closed = new AbortController();
  readonly #probes;
  readonly #retry;
  readonly #writeRetry;
  readonly #onDone: () => void;
  readonly #heardMs: number;
  #started: boolean;

  /** `onDone` runs once nothing of the pod is left, in the API or on the node. */
  constructor(context: NodeContext, pod: Pod, onDone: () => void, why: PodCause = {}) {
    this.#context = context;
    this.#pod = pod;
    this.#heard = pod;
    this.#why = why;
    this.#heardMs = context.clock.monotonicMs();
    // One that another agent has started says nothing about this one.
    this.#started = pod.status?.phase !== undefined && pod.status.phase !== 'Pending';
    this.#onDone = onDone;
    this.#retry = backoff(context.random, limits.statusRetryMinimumMs, limits.statusRetryMaximumMs);
    this.#writeRetry = backoff(context.random, limits.statusRetryMinimumMs, limits.statusRetryMaximumMs);
    this.#probes = context.probes({
      changed: (containerId, verdict) => {
        this.#memory.probes.set(containerId, verdict);
        this.nudge();
      },
      unhealthy: (container, kind, message) => {
        const what = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe failed: ${message}`;
        sayOfContainer({ context, pod: this.#pod, why: this.#why }, container.name, 'Warning', 'Unhealthy', what);
      },
      unanswered: (container, kind, error) => {
        context.logger.warn(
          { pod: podUid(pod), container: container.name, kind, error: messageOf(error) },
          'probe failed',
        );
      },
    });
  }

  get pod(): Pod {
    return this.#pod;
  }
  /** What the runtime has of it, as last looked at. */
  get observed(): ObservedPod {
    return this.#observed;
  }
  /** Whether a sandbox or container is this pod's. */
  owns(id: string): boolean {
    return this.#ids.has(id);
  }
  /** What the runtime had when this pod was last looked at. */
  get seen(): string {
    return this.#seen;
  }

  /**
   * A newer version of the pod. What comes back of our own write is left aside. But that write's answer may have held what
   * somebody else changed just before it, a deletion say, which nothing was planned from: that is looked at when it is told.
   */
  update(pod: Pod, why?: PodCause): void {
    if (this.#presence === 'gone' || revisionOf(pod) <= revisionOf(this.#heard)) return;
    const isNewer = revisionOf(pod) > revisionOf(this.#pod);
    const isKnown = !isNewer && isSameButForStatus(pod, this.#heard);
    this.#heard = pod;
    if (isNewer) this.#pod = pod;
    if (isKnown) return;
    this.#why = why ?? this.#why;
    this.nudge();
  }

  /** The API has forgotten the pod; `last` is its last state where one is known. */
  gone(last: Pod = this.#pod, why?: PodCause): void {
    this.#presence = 'gone';
    this.#pod = last;
    this.#why = why ?? this.#why;
    this.nudge();
  }

  nudge(): void {
    this.#dirty = true;
    if (!this.#looping && !this.#closed.signal.aborted) void this.#loop();
  }

  close(): void {
    this.#closed.abort(new Error('the agent stops'));
    this.#cancelWake();
    this.#cancelReport();
    this.#probes.close();
    this.#held?.release();
  }

  async #loop(): Promise<void> {
    this.#looping = true;
    while (this.#dirty && !this.#closed.signal.aborted) {
      this.#dirty = false;
      try {
        const startMs = this.#context.clock.monotonicMs();
        await this.#look();
        this.#context.count.looked((this.#context.clock.monotonicMs() - startMs) / 1000);
        this.#retry.reset();
      } catch (error) {
        if (this.#closed.signal.aborted) break;
        this.#context.logger.warn({ ...this.#said(), error: messageOf(error) }, 'a pod could not be looked at');
        this.#wakeAfter(this.#retry.nextMs());
      }
    }
    this.#looping = false;
  }

  async #look(): Promise<void> {
    const { runtime, clock } = this.#context;
    this.#observed = await observe(runtime, this.#pod, this.#observed, this.#closed.signal);
    this.#seen = fingerprint(this.#observed.sandboxes, this.#observed.containers);
    for (const { id } of [...this.#observed.sandboxes, ...this.#observed.containers]) this.#ids.add(id);
    this.#probeRunning();
    const nowMs = clock.nowMs();
    const { memory, observed, presence, pod } = this.#planInput();
    const next = plan({ pod, presence, observed, memory, nowMs });
    this.#sayWaiting(next.waiting);
    this.#plan = next;
    for (const action of next.actions) this.#start(action);
    this.#refreshVolumes();
    if (next.wakeMs !== undefined) this.#wakeAfter(Math.max(0, next.wakeMs - nowMs));
    await this.#readLastWords();
    if (presence === 'present') this.#reportSoon();
    if (presence === 'gone' && this.#memory.cleanedUp && this.#memory.inFlight.size === 0) {
      this.close();
      this.#onDone();
    }
  }

  #planInput(): { pod: Pod; presence: PodPresence; observed: ObservedPod; memory: MutablePodMemory } {
    return { pod: this.#pod, presence: this.#presence, observed: this.#observed, memory: this.#memory };
  }

  #wakeAfter(ms: number): void {
    this.#cancelWake();
    this.#cancelWake = this.#context.clock.after(ms, () => this.nudge());
  }

  #start(action: PodAction): void {
    const key = actionKey(action);
    this.#memory.inFlight.add(key);
    void this.#run(action).finally(() => {
      this.#memory.inFlight.delete(key);
      this.nudge();
    });
  }

  async #run(action: PodAction): Promise<void> {
    const { clock, logger } = this.#context;
    const signal = this.#closed.signal;
    const span = this.#actionSpan(action);
    try {
      await execute(this.#task(span), action);
      span?.end();
    } catch (error) {
      span?.fail(messageOf(error));
      span?.end();
      if (signal.aborted) return;
      logger.warn({ ...this.#said(), action: action.type, error: messageOf(error) }, 'an action failed');
      // Stays in flight meanwhile, so that a failing runtime or API is not asked in a loop.
      await clock.sleep(this.#retry.nextMs(), signal).catch(() => undefined);
    }
  }

  /** What every log line about this pod says. */
  #said(): Readonly<Record<string, string>> {
    return { pod: podUid(this.#pod), ...traceFields(this.#why.traceparent) };
  }

  #actionSpan(action: PodAction): Span | undefined {
    const { tracer, node } = this.#context;
    const { traceparent = '' } = this.#why;
    if (!tracer.on || parseTraceparent(traceparent)?.sampled !== true) return undefined;
    const { name = '', namespace = '', uid = '', resourceVersion = '' } = this.#pod.metadata;
    const span = tracer.begin(actionKey(action), 'consumer', traceparent);
    span.set('k8s.pod.name', name);
    span.set('k8s.namespace.name', namespace);
    span.set('k8s.pod.uid', uid);
    span.set('k8s.node.name', node.name);
    span.set('taffrail.cause', resourceVersion);
    return span;
  }

  #task(span: Span | undefined): PodTask {
    const { tracer, runtime } = this.#context;
    return {
      context:
        span === undefined
          ? this.#context
          : { ...this.#context, runtime: tracedRuntime(runtime, tracer, span.traceparent) },
      pod: this.#pod,
      why: span === undefined ? this.#why : { ...this.#why, traceparent: span.traceparent },
      observed: this.#observed,
      memory: this.#memory,
      references: () => this.#references(),
      announce: (id) => void this.#ids.add(id),
      signal: this.#closed.signal,
    };
  }

  #references(): Promise<ReferencedObjects> {
    this.#held ??= this.#context.references.hold(this.#pod, () => {
      this.#volumesStale = true;
      // A start that waited for the object need not wait out its back-off.
      for (const [name, failure] of this.#memory.startFailures) {
        if (failure.reason === 'CreateContainerConfigError') this.#memory.startFailures.delete(name);
      }
      if (this.#memory.volumes.state === 'failed') this.#memory.volumes = { state: 'unprepared' };
      this.nudge();
    });
    return this.#held.ready(this.#closed.signal);
  }

  /** Files of ConfigMaps, Secrets and the downward API follow their source. */
  #refreshVolumes(): void {
    if (!this.#volumesStale || this.#memory.volumes.state !== 'ready') return;
    this.#volumesStale = false;
    const action: PodAction = { type: 'prepare-volumes' };
    if (hasLiveContent(this.#pod) && !this.#memory.inFlight.has(actionKey(action))) this.#start(action);
  }

  #probeRunning(): void {
    const { observed } = this.#planInput();
    const views = containerViews(this.#pod, observed);
    const podIp = this.#pod.spec?.hostNetwork === true ? this.#context.node.ip : (observed.sandboxes[0]?.ips[0] ?? '');
    const stopping = isDeleting(this.#pod) || this.#presence === 'gone';
    const targets = views.flatMap(({ spec, current }) =>
      current?.phase === 'running' && !stopping
        ? [{ containerId: current.id, container: spec, podIp, startedMs: current.startedMs }]
        : [],
    );
    this.#probes.keep(targets);
    const present = new Set(observed.containers.map(({ id }) => id));
    for (const id of this.#memory.probes.keys()) if (!present.has(id)) this.#memory.probes.delete(id);
    for (const id of this.#messages.keys()) if (!present.has(id)) this.#messages.delete(id);
  }

  /** A back-off is said when it begins, and again after each try. */
  #sayWaiting(waiting: ReadonlyMap<string, Waiting>): void {
    for (const [container, { reason, message }] of waiting) {
      const before = this.#plan.waiting.get(container);
      if (before?.reason === reason && before.message === message) continue;
      const say = (type: 'Normal' | 'Warning', what: string, text: string): void =>
        sayOfContainer({ context: this.#context, pod: this.#pod, why: this.#why }, container, type, what, text);
      if (reason === 'CrashLoopBackOff') {
        const { name, namespace, uid } = this.#pod.metadata;
        say(
          'Warning',
          'BackOff',
          `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`,
        );
      } else if (reason === 'ImagePullBackOff') {
        say('Normal', 'BackOff', message.replace(/: .*$/s, ''));
        say('Warning', 'Failed', 'Error: ImagePullBackOff');
      } else if (reason === 'ErrImageNeverPull') {
        say('Warning', 'ErrImageNeverPull', message);
        say('Warning', 'Failed', 'Error: ErrImageNeverPull');
      } else if (reason === 'InvalidImageName') {
        say('Warning', 'InspectFailed', message);
        say('Warning', 'Failed', 'Error: InvalidImageName');
      }
    }
  }

  async #readLastWords(): Promise<void> {
    for (const container of this.#observed.containers) {
      if (container.phase !== 'exited' || this.#messages.has(container.id)) continue;
      const message = await terminationMessage(this.#context.paths, this.#pod, { name: container.name }, container);
      this.#messages.set(container.id, message);
    }
  }

  /**
   * A pod on its way up passes through states that last milliseconds: those wait a moment, so that the next one takes their
   * place and the API is not asked to store what nobody can see. Everything else is written at once.
   */
  #reportSoon(): void {
    const { memory, waiting } = { memory: this.#memory, waiting: this.#plan.waiting };
    const isStarting =
      memory.inFlight.has('create-sandbox') || [...memory.inFlight].some((key) => key.startsWith('start-'));
    const isPending = this.#pod.status?.phase === 'Pending' && waiting.size === 0 && !isDeleting(this.#pod);
    if (!isStarting || !isPending) {
      void this.#report();
      return;
    }
    this.#cancelReport();
    this.#cancelReport = this.#context.clock.after(limits.statusSettleMs, () => void this.#report());
  }

  /** Writes the status as it is now; when it has changed meanwhile, once more. One write at a time. */
  async #report(): Promise<void> {
    this.#cancelReport();
    if (this.#writing || this.#presence === 'gone') return;
    this.#writing = true;
    let last: Readonly<Record<string, unknown>> | undefined;
    try {
      while (!this.#closed.signal.aborted && this.#presence === 'present') {
        const pod = this.#pod;
        const isFinal = !this.#observed.containers.some(({ phase }) => phase === 'running' || phase === 'unknown');
        const patch = statusPatch(pod, this.#status());
        if (patch === undefined) {
          this.#noteFinal(pod, isFinal);
          return;
        }
        // The API stores what it was told; should it ever change it, asking for the same again would never end.
        if (isDeepStrictEqual(patch, last)) return;
        const written = await writeStatus(this.#context.api, pod, patch, this.#why);
        this.#writeRetry.reset();
        if (written === undefined) return;
        last = patch;
        if (revisionOf(written) > revisionOf(this.#pod)) this.#pod = written;
        this.#noteStart(written);
      }
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#context.logger.warn({ ...this.#said(), error: messageOf(error) }, 'a status could not be written');
      this.#wakeAfter(this.#writeRetry.nextMs());
    } finally {
      this.#writing = false;
    }
  }

  #noteStart({ status }: Pod): void {
    if (this.#started || status?.phase === undefined || status.phase === 'Pending') return;
    this.#started = true;
    const { clock, count } = this.#context;
    if (status.phase === 'Running') count.started((clock.monotonicMs() - this.#heardMs) / 1000);
  }

  #noteFinal(pod: Pod, isFinal: boolean): void {
    if (!isDeleting(pod) || !isFinal || this.#memory.finalStatusWritten) return;
    this.#memory.finalStatusWritten = true;
    this.nudge();
  }

  #status(): ReturnType<typeof podStatus> {
    const { clock, node, runtimeName } = this.#context;
    const { pod, observed, memory } = this.#planInput();
    return podStatus({
      pod,
      observed,
      memory,
      waiting: this.#plan.waiting,
      terminationMessages: this.#messages,
      nodeIp: node.ip,
      runtimeName,
      nowMs: clock.nowMs(),
    });
  }
}
