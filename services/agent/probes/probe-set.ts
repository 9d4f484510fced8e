import type { Clock } from '@taffrail/platform/clock';
import type { Random } from '@taffrail/platform/random';
import type { Container, Probe } from '@taffrail/resources/generated/types';
import type { ProbeVerdict } from '../pod-sync/pod-memory.ts';
import type { Runtime } from '../runtime/port.ts';
import { grpcCheck } from './grpc-check.ts';
import { runHandler, type HandlerResult } from './handler.ts';
import { count, emptyTally, type ProbeTally } from './probe-tally.ts';

type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** A running container with its probes. */
export interface ProbeTarget {
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
  readonly startedMs: number;
}

export interface ProbeListener {
  /** A verdict of this container has changed. */
  changed(containerId: string, verdict: ProbeVerdict): void;
  /** One probe has failed: for an Unhealthy event. */
  unhealthy(container: Container, kind: ProbeKind, message: string): void;
  /** A probe could not be asked at all. */
  unanswered(container: Container, kind: ProbeKind, error: unknown): void;
}

/** The probes of one pod. */
export interface ProbeSet {
  /** Probes exactly these containers from now on. */
  keep(targets: readonly ProbeTarget[]): void;
  close(): void;
}

export type ProbeFactory = (listener: ProbeListener) => ProbeSet;

/** Probes over a runtime; each container has its own loops, which end with it. */
export function probeFactory(runtime: Runtime, clock: Clock, random: Random): ProbeFactory {
  return (listener) => {
    const running = new Map<string, AbortController>();
    return {
      keep(targets) {
        const wanted = new Set(targets.map(({ containerId }) => containerId));
        for (const [id, loop] of running) {
          if (wanted.has(id)) continue;
          loop.abort();
          running.delete(id);
        }
        for (const target of targets) {
          if (running.has(target.containerId)) continue;
          const { startupProbe, readinessProbe, livenessProbe } = target.container;
          if ((startupProbe ?? readinessProbe ?? livenessProbe) === undefined) continue;
          const loop = new AbortController();
          running.set(target.containerId, loop);
          probeContainer({ runtime, clock, random, listener, target, signal: loop.signal });
        }
      },
      close() {
        for (const loop of running.values()) loop.abort();
        running.clear();
      },
    };
  };
}

interface Probing {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: ProbeListener;
  readonly target: ProbeTarget;
  readonly signal: AbortSignal;
}

/** The startup probe holds the others back; readiness and liveness then run beside each other. */
function probeContainer(probing: Probing): void {
  const { listener, target } = probing;
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  let verdict: ProbeVerdict = {
    started: startupProbe === undefined,
    ready: readinessProbe === undefined,
    failed: undefined,
  };
  const change = (changes: Partial<ProbeVerdict>): void => {
    verdict = { ...verdict, ...changes };
    listener.changed(target.containerId, verdict);
  };
  const fail = (kind: 'liveness' | 'startup', probe: Probe): void =>
    change({ failed: { kind, graceSeconds: probe.terminationGracePeriodSeconds } });
  const startOthers = (): void => {
    if (readinessProbe !== undefined) loop(probing, 'readiness', readinessProbe, (ready) => (change({ ready }), true));
    if (livenessProbe !== undefined) {
      loop(probing, 'liveness', livenessProbe, (alive) => (alive || fail('liveness', livenessProbe), alive));
    }
  };
  if (startupProbe === undefined) {
    startOthers();
    return;
  }
  loop(probing, 'startup', startupProbe, (ok) => {
    if (ok) {
      change({ started: true });
      startOthers();
    } else {
      fail('startup', startupProbe);
    }
    return false;
  });
}

/** Probes until the signal ends it or `onVerdict` answers false. `onVerdict` hears of each new verdict once. */
function loop(probing: Probing, kind: ProbeKind, probe: Probe, onVerdict: (ok: boolean) => boolean): void {
  const { clock, random, listener, target, signal } = probing;
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const firstMs = target.startedMs + (probe.initialDelaySeconds ?? 0) * 1000 - clock.nowMs();
  let tally: ProbeTally = emptyTally;
  let delayMs = Math.max(0, firstMs);
  // After a restart of the agent the probes of all pods would fire together.
  if (clock.nowMs() - target.startedMs > periodMs) delayMs = Math.floor(random.next() * periodMs);
  const once = async (): Promise<boolean> => {
    const { ok, message } = await check(probing, probe);
    if (signal.aborted) return false;
    if (!ok) listener.unhealthy(target.container, kind, message);
    const next = count(tally, ok, probe);
    const changed = next.verdict !== tally.verdict;
    tally = next;
    return changed && next.verdict !== undefined ? onVerdict(next.verdict) : true;
  };
  const run = async (): Promise<void> => {
    for (;;) {
      try {
        await clock.sleep(delayMs, signal);
        delayMs = periodMs;
        if (!(await once())) return;
      } catch (error) {
        if (signal.aborted) return;
        // The runtime did not answer: no verdict, and the next period asks again.
        listener.unanswered(target.container, kind, error);
      }
    }
  };
  void run();
}

async function check({ runtime, target, signal }: Probing, probe: Probe): Promise<HandlerResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.grpc !== undefined) return grpcCheck(target.podIp, probe.grpc, timeoutMs);
  return runHandler({ ...target, runtime }, probe, timeoutMs, signal);
}
