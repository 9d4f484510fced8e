import type { RunningProcess } from '@taffrail/embedded/running-process';
import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Random } from '@taffrail/platform/random';
import type { ComponentRecord, ComponentState } from '../cluster/cluster-record.ts';
import type { Component, RunningComponent } from './component.ts';

export interface SuperviseOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** One line for people. */
  say(line: string): void;
  /** The record has changed. */
  changed(): void;
}

/** A component that is kept running until it is stopped. */
export interface Supervised {
  /** Resolves when it is ready for the first time; rejects when it did not get that far. */
  readonly ready: Promise<void>;
  record(): ComponentRecord;
  /** Ends it in order, whatever it is doing. */
  stop(): Promise<void>;
}

/** Starts a component, and starts it again with growing delays whenever it ends by itself. */
export function supervise(component: Component, options: SuperviseOptions): Supervised {
  const { clock, random, say, changed } = options;
  const { name, logFile } = component;
  const stopping = new AbortController();
  const delay = backoff(random, limits.childRestartMinimumMs, limits.childRestartMaximumMs);
  let state: ComponentState = 'starting';
  let process: RunningProcess | undefined;
  let running: RunningComponent | undefined;

  const become = (next: ComponentState): void => {
    state = next;
    changed();
  };
  const spawned = (started: RunningProcess): void => {
    process = started;
    changed();
  };
  const start = async (): Promise<void> => {
    const startedMs = clock.monotonicMs();
    running = await component.start(spawned, stopping.signal);
    process = running.process;
    become('ready');
    say(readyLine(name, clock.monotonicMs() - startedMs, running.detail));
  };

  const ready = start();
  const life = (async () => {
    await ready;
    while (!stopping.signal.aborted) {
      if (running !== undefined) {
        const readyMs = clock.monotonicMs();
        const { code, signal } = await running.exited;
        running = undefined;
        process = undefined;
        if (stopping.signal.aborted) return;
        if (clock.monotonicMs() - readyMs > limits.childStableMs) delay.reset();
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        say(`${name} ended ${how}; starting it again (log: ${logFile})`);
      }
      become('restarting');
      await clock.sleep(delay.nextMs(), stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await start();
      } catch (error) {
        if (stopping.signal.aborted) return;
        say(`${name} did not start: ${messageOf(error)}`);
      }
    }
  })();
  // The caller learns of a failed first start through `ready`; afterwards nothing in the loop can fail but a bug.
  life.catch(() => undefined);

  return {
    ready,
    record: () => ({
      name,
      state,
      logFile,
      ...(process === undefined ? {} : { process }),
      ...(running?.address === undefined ? {} : { address: running.address }),
      ...(running?.metrics === undefined ? {} : { metrics: running.metrics }),
    }),
    async stop() {
      stopping.abort(new Error(`${name} is being stopped`));
      await running?.stop();
      await Promise.allSettled([life]);
      process = undefined;
      become('stopped');
    },
  };
}

/** `api          ready     0.82 s   https://127.0.0.1:6443` */
export function readyLine(name: string, tookMs: number, detail: string): string {
  return `${name.padEnd(12)} ready ${(tookMs / 1000).toFixed(2).padStart(6)} s   ${detail}`.trimEnd();
}
