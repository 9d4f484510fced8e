import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@taffrail/platform/random';
import { systemClock } from '@taffrail/platform/clock';
import { describe, expect, it } from 'vitest';
import type { ChildExit } from '@taffrail/embedded/child';
import type { Component, RunningComponent } from './component.ts';
import { readyLine, supervise, type Supervised } from './supervise.ts';

interface FakeRun {
  end(exit: ChildExit): void;
}

/** A component whose runs end when the test says so. */
function fake(fails: (attempt: number) => boolean = () => false): { component: Component; runs: FakeRun[] } {
  const runs: FakeRun[] = [];
  let attempt = 0;
  const component: Component = {
    name: 'api',
    logFile: '/logs/api.log',
    start(spawned): Promise<RunningComponent> {
      attempt += 1;
      const process = { pid: attempt, startedAt: 'x' };
      spawned(process);
      if (fails(attempt)) return Promise.reject(new Error(`attempt ${attempt} failed`));
      const { promise: exited, resolve: end } = Promise.withResolvers<ChildExit>();
      runs.push({ end });
      return Promise.resolve({
        process,
        exited,
        detail: 'here',
        stop: () => {
          end({ code: 0, signal: null });
          return Promise.resolve();
        },
      });
    },
  };
  return { component, runs };
}

function start(component: Component): { supervised: Supervised; lines: string[] } {
  const lines: string[] = [];
  const supervised = supervise(component, {
    // The back-off is waited for in no time.
    clock: { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(1, signal) },
    random: seededRandom(1),
    say: (line) => lines.push(line),
    changed: () => undefined,
  });
  return { supervised, lines };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await delay(5);
  expect(condition()).toBe(true);
}

describe('supervise', () => {
  it('starts a component that ended again, and says so', async () => {
    const { component, runs } = fake();
    const { supervised, lines } = start(component);
    await supervised.ready;
    runs[0]?.end({ code: null, signal: 'SIGKILL' });
    await until(() => runs.length === 2 && supervised.record().state === 'ready');
    expect(supervised.record().process?.pid).toBe(2);
    expect(lines[1]).toBe('api ended by SIGKILL; starting it again (log: /logs/api.log)');
    await supervised.stop();
  });

  it('tries on when a restart fails', async () => {
    const { component, runs } = fake((attempt) => attempt === 2 || attempt === 3);
    const { supervised, lines } = start(component);
    await supervised.ready;
    runs[0]?.end({ code: 1, signal: null });
    await until(() => runs.length === 2 && supervised.record().state === 'ready');
    expect(lines).toContain('api did not start: attempt 2 failed');
    expect(lines).toContain('api did not start: attempt 3 failed');
    await supervised.stop();
  });

  it('reports a failed first start instead of trying on', async () => {
    const { component, runs } = fake(() => true);
    const { supervised } = start(component);
    await expect(supervised.ready).rejects.toThrow('attempt 1 failed');
    await delay(20);
    expect(runs).toHaveLength(0);
    await supervised.stop();
  });

  it('does not start again what it stops', async () => {
    const { component, runs } = fake();
    const { supervised, lines } = start(component);
    await supervised.ready;
    await supervised.stop();
    await delay(20);
    expect(runs).toHaveLength(1);
    expect(lines).toHaveLength(1);
    expect(supervised.record()).toMatchObject({ state: 'stopped' });
    expect(supervised.record().process).toBeUndefined();
  });
});

it('aligns what people read', () => {
  expect(readyLine('api', 820, 'https://127.0.0.1:6443')).toBe('api          ready   0.82 s   https://127.0.0.1:6443');
});
