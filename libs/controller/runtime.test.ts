import { expect, test } from 'vitest';
import { AssertionFailure } from '@taffrail/platform/assert';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { KubeObject } from '@taffrail/resources/object';
import { ApiFailure, type ResourceName } from './api-client.ts';
import type { ControllerCommand } from './command.ts';
import type { Controller, PlanContext, View } from './controller.ts';
import { controllerOf, controllerReference } from './owner.ts';
import { runControllers } from './runtime.ts';
import { memoryApi, type MemoryApi } from './testing/memory-api.ts';
import { virtualClock, type VirtualClock } from './testing/virtual-clock.ts';
import { watchSource } from './watch-source.ts';

const SETS: ResourceName = { group: 'test.io', version: 'v1', resource: 'sets' };
const MEMBERS: ResourceName = { group: 'test.io', version: 'v1', resource: 'members' };

/** A tiny controller: a Set wants `spec.count` Members. */
function setController(seen: PlanContext[] = []): Controller {
  return {
    name: 'set-controller',
    follows: [
      { resource: SETS, keys: (object) => [{ namespace: 'ns', name: object.metadata.name ?? '' }] },
      {
        resource: MEMBERS,
        keys(object) {
          const owner = controllerOf(object);
          return owner === undefined ? [] : [{ namespace: 'ns', name: owner.name }];
        },
      },
    ],
    plan(view: View, key, context): readonly ControllerCommand[] {
      seen.push(context);
      const set = view.get(SETS, key.namespace, key.name);
      if (set === undefined) return [];
      const members = view.ownedBy(MEMBERS, set.metadata.uid ?? '');
      const wanted = (set['spec'] as { readonly count: number }).count;
      return Array.from({ length: Math.max(0, wanted - members.length) }, (_, index) => ({
        type: 'create' as const,
        resource: MEMBERS,
        object: member(set, `${key.name}-${context.seed}-${index}`),
        event: { about: set, eventType: 'Normal' as const, reason: 'Made', message: 'made a member' },
      }));
    },
  };
}

function member(set: KubeObject, name: string): KubeObject {
  const metadata = { name, namespace: 'ns', ownerReferences: [controllerReference(set)] };
  return { apiVersion: 'test.io/v1', kind: 'Member', metadata } as unknown as KubeObject;
}

function aSet(count: number): KubeObject {
  return { apiVersion: 'test.io/v1', kind: 'Set', metadata: { name: 'a', namespace: 'ns' }, spec: { count } };
}

interface Running {
  readonly clock: VirtualClock;
  readonly api: MemoryApi;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

function start(controller: Controller, api: MemoryApi, clock: VirtualClock): Running {
  const stop = new AbortController();
  const random = seededRandom(7);
  const logger = silentLogger;
  const ended = runControllers(
    {
      controllers: [controller],
      client: api,
      clock,
      random,
      logger,
      sources: (resources) =>
        resources.map((resource) => watchSource({ client: api, resource, clock, random, logger })),
    },
    stop.signal,
  );
  return {
    clock,
    api,
    ended,
    async stop() {
      stop.abort(new Error('stopped'));
      await ended;
    },
  };
}

test('a controller makes what is missing, once, and says why', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  const set = api.put(aSet(3));
  const running = start(setController(), api, clock);
  await clock.advance(1000);
  expect(api.all(MEMBERS)).toHaveLength(3);
  const creations = api.writes.filter((write) => write.resource === 'members.test.io');
  expect(creations).toHaveLength(3);
  const causes = creations.map((write) => write.cause?.revision);
  expect(causes.every((at) => at !== undefined && at >= Number(set.metadata.resourceVersion))).toBe(true);
  await running.stop();
});

test('what is found at the start is caused by the change it stands at, and what is done later by a timer', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  const set = api.put(aSet(0));
  const { follows } = setController();
  let plans = 0;
  const patient: Controller = {
    name: 'patient',
    follows,
    plan(view, key) {
      const found = view.get(SETS, key.namespace, key.name);
      if (found === undefined) return [];
      plans += 1;
      // Its own member is seen as well; only the first plan and the one its timer asked for make one.
      if (plans === 1) {
        return [
          { type: 'create', resource: MEMBERS, object: member(found, 'first') },
          { type: 'requeue', afterMs: 60_000 },
        ];
      }
      return clock.nowMs() >= laterMs ? [{ type: 'create', resource: MEMBERS, object: member(found, 'later') }] : [];
    },
  };
  const laterMs = clock.nowMs() + 60_000;
  const running = start(patient, api, clock);
  await clock.advance(1000);
  await clock.advance(65_000);
  await running.stop();
  const causes = api.writes.filter((write) => write.resource === 'members.test.io').map(({ cause }) => cause);
  expect(causes[0]).toEqual({ revision: Number(set.metadata.resourceVersion) });
  expect(causes[1]).toEqual({ correlation: expect.stringMatching(/^timer:patient:/) });
});

test('a key is not planned again before its own writes show in the view', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  api.put(aSet(0));
  const seen: PlanContext[] = [];
  const running = start(setController(seen), api, clock);
  await clock.advance(1000);
  api.put(aSet(2));
  api.onWrite = () => {
    api.held = true; // from the first creation on the view stands still
  };
  await clock.advance(1000);
  const plans = seen.length;
  await clock.advance(60_000);
  expect(seen.length).toBe(plans);
  expect(api.all(MEMBERS)).toHaveLength(2);
  api.onWrite = undefined;
  api.held = false;
  await clock.advance(1000);
  expect(seen.length).toBeGreaterThan(plans);
  expect(api.all(MEMBERS)).toHaveLength(2);
  await running.stop();
});

test('a creation whose answer was lost is asked for again under the same name and for the same cause', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  api.put(aSet(1));
  const names: string[] = [];
  const causes: unknown[] = [];
  api.onWrite = (write) => {
    if (write.resource !== 'members.test.io') return;
    names.push(write.name);
    causes.push(write.cause);
    if (names.length === 1) throw new Error('connection lost');
  };
  const running = start(setController(), api, clock);
  await clock.advance(10_000);
  expect(names).toHaveLength(2);
  expect(names[0]).toBe(names[1]);
  expect(causes[0]).toHaveProperty('revision');
  expect(causes[0]).toEqual(causes[1]);
  expect(api.all(MEMBERS)).toHaveLength(1);
  await running.stop();
});

test('a refused command is told to the next plan and tried again with growing delays', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  api.put(aSet(5));
  const seen: PlanContext[] = [];
  let tries = 0;
  api.onWrite = (write) => {
    if (write.resource !== 'members.test.io') return;
    tries += 1;
    throw new ApiFailure(403, 'Forbidden', 'exceeded quota');
  };
  const running = start(setController(seen), api, clock);
  await clock.advance(5_000);
  // Slow start: one creation per plan as long as the first is refused; 50, 100, 200, … ms between them.
  expect(tries).toBe(seen.length);
  expect(tries).toBeGreaterThan(4);
  expect(tries).toBeLessThan(10);
  expect(seen.at(-1)?.lastFailure).toEqual({
    command: 'create',
    resource: MEMBERS,
    reason: 'Forbidden',
    message: 'exceeded quota',
  });
  api.onWrite = undefined;
  await clock.advance(30_000);
  expect(api.all(MEMBERS)).toHaveLength(5);
  await running.stop();
});

test('equal events are folded into one with a count', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  api.put(aSet(4));
  const running = start(setController(), api, clock);
  await clock.advance(1000);
  const events = api.all<KubeObject & { readonly count: number; readonly reason: string }>({
    group: '',
    version: 'v1',
    resource: 'events',
  });
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ count: 4, reason: 'Made', source: { component: 'set-controller' } });
  await running.stop();
});

test('a controller that breaks an invariant stops the runtime', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  api.put(aSet(1));
  const broken: Controller = {
    ...setController(),
    plan() {
      throw new AssertionFailure('this cannot be');
    },
  };
  const running = start(broken, api, clock);
  const ended = expect(running.ended).rejects.toThrow('this cannot be');
  await clock.advance(100);
  await ended;
});

test('a plan that throws is tried again and does not stop the others', async () => {
  const clock = virtualClock();
  const api = memoryApi(clock);
  api.put(aSet(1));
  let plans = 0;
  const inner = setController();
  const flaky: Controller = {
    ...inner,
    plan(view, key, context) {
      plans += 1;
      if (plans === 1) throw new TypeError('bug in a plugin');
      return inner.plan(view, key, context);
    },
  };
  const running = start(flaky, api, clock);
  await clock.advance(1000);
  expect(api.all(MEMBERS)).toHaveLength(1);
  await running.stop();
});
