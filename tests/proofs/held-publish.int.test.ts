import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from '@taffrail/controller/api-client';
import { connectNats } from '@taffrail/log/connect';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { startHoldingProxy, type HoldingProxy } from '@taffrail/log/testing/holding-proxy';
import { readVerified } from '@taffrail/log/verified-reader';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import { startWorld, type World } from './world.ts';

/*
 * Two API servers, A and B, on one log. A reaches NATS through a proxy that holds its publish back while B writes, and
 * then lets it land late. What A decided on was lost meanwhile: nothing it says may rest on that.
 */

let world: World;
let proxy: HoldingProxy;
let a: ApiClient;
let b: ApiClient;
beforeAll(async () => {
  world = await startWorld({
    apiServers: 2,
    soleWriter: false,
    async natsUrlOf(server, url) {
      if (server !== 0) return url;
      proxy = await startHoldingProxy(Number(new URL(url).port));
      return url.replace(/:\d+/, `:${proxy.port}`);
    },
  });
  const [first, second] = world.apis;
  if (first === undefined || second === undefined) throw new Error('the world has two API servers');
  [a, b] = [first.client(), second.client()];
}, 120_000);
afterAll(async () => {
  for (const client of [a, b]) client.close();
  proxy.release();
  await world[Symbol.asyncDispose]();
  proxy.close();
});

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly value: string;
  readonly resourceVersion: string;
}

const PATH = '/api/v1/namespaces/default/configmaps';

async function send(client: ApiClient, method: string, path: string, body?: object): Promise<Answer> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await client.request(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
  const object = JSON.parse(answer.body.toString()) as {
    reason?: string;
    data?: { value?: string };
    metadata?: { resourceVersion?: string };
  };
  return {
    status: answer.status,
    reason: object.reason ?? '',
    value: object.data?.value ?? '',
    resourceVersion: object.metadata?.resourceVersion ?? '',
  };
}

const configMap = (name: string, value: string, resourceVersion?: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  data: { value },
});
const create = async (client: ApiClient, name: string, value: string): Promise<Answer> =>
  await send(client, 'POST', PATH, configMap(name, value));
const replace = async (client: ApiClient, name: string, value: string, resourceVersion?: string): Promise<Answer> =>
  await send(client, 'PUT', `${PATH}/${name}`, configMap(name, value, resourceVersion));

/** What the log says happened to the ConfigMaps with a prefix: verb, name and value, in order. Its chain is checked. */
async function told(prefix: string): Promise<readonly string[]> {
  const url = world.nats.url;
  const link = await connectNats({ url, name: 'proof', clock: systemClock, logger: silentLogger });
  try {
    const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false, existing: true });
    const events: string[] = [];
    const { sequence: until } = await log.head();
    for await (const commit of readVerified(log, {
      start: { at: 'genesis' },
      until,
      signal: new AbortController().signal,
    })) {
      for (const { resource, name, verb, object } of commit.events) {
        if (resource !== 'configmaps' || !name.startsWith(prefix)) continue;
        const { data } = JSON.parse(Buffer.from(object).toString()) as { data: { value: string } };
        events.push(`${verb} ${name} ${data.value}`);
      }
    }
    return events;
  } finally {
    await link.close();
  }
}

/** Held shorter than a publish waits, and so long that the same bytes have been sent again behind the first ones. */
const HOLDS_MS = [limits.publishTimeoutMs / 4, limits.publishTimeoutMs * 1.5];

test.each(HOLDS_MS)(
  'a publish held back for %d ms while the other server writes is decided again: lost, doubled or answered too early is nothing',
  { timeout: 60_000 },
  async (holdMs) => {
    const prefix = `late-${holdMs}`;
    const name = (what: string): string => `${prefix}-${what}`;
    const shared = await create(b, name('shared'), '0');
    expect(shared.status).toBe(201);
    const removed = await create(b, name('removed'), '0');
    expect(removed.status).toBe(201);
    // A has seen them, and its own writes go through, before its publish is held.
    expect((await send(a, 'GET', `${PATH}/${name('removed')}`)).status).toBe(200);

    proxy.hold('requests');
    let answered = 0;
    const count = async (answer: Promise<Answer>): Promise<Answer> => {
      const got = await answer;
      answered += 1;
      return got;
    };
    const ofA = {
      alone: count(create(a, name('alone'), 'a')),
      both: count(create(a, name('both'), 'a')),
      shared: count(replace(a, name('shared'), 'a', shared.resourceVersion)),
    };
    await systemClock.sleep(150);
    // These see what is on its way, and nothing but the commit can tell whether that will be.
    const later = {
      aloneAgain: count(create(a, name('alone'), 'a2')),
      overBoth: count(replace(a, name('both'), 'a3')),
      removed: count(send(a, 'DELETE', `${PATH}/${name('removed')}`)),
    };
    await systemClock.sleep(100);
    expect((await replace(b, name('shared'), 'b', shared.resourceVersion)).status).toBe(200);
    expect((await create(b, name('both'), 'b')).status).toBe(201);
    expect((await send(b, 'DELETE', `${PATH}/${name('removed')}`)).status).toBe(200);
    expect((await create(b, name('ofb'), 'b')).status).toBe(201);
    await systemClock.sleep(holdMs);
    expect(answered).toBe(0);
    proxy.release();

    expect((await ofA.alone).status).toBe(201);
    expect(await ofA.both).toMatchObject({ status: 409, reason: 'AlreadyExists' });
    expect(await ofA.shared).toMatchObject({ status: 409, reason: 'Conflict' });
    expect(await later.aloneAgain).toMatchObject({ status: 409, reason: 'AlreadyExists' });
    expect(await later.overBoth).toMatchObject({ status: 200, value: 'a3' });
    expect(await later.removed).toMatchObject({ status: 404, reason: 'NotFound' });

    const events = await told(prefix);
    expect(events.slice(0, 6)).toEqual([
      `created ${name('shared')} 0`,
      `created ${name('removed')} 0`,
      `updated ${name('shared')} b`,
      `created ${name('both')} b`,
      `deleted ${name('removed')} 0`,
      `created ${name('ofb')} b`,
    ]);
    expect(events.slice(6).toSorted()).toEqual([`created ${name('alone')} a`, `updated ${name('both')} a3`]);
    for (const client of [a, b]) {
      expect(await send(client, 'GET', `${PATH}/${name('both')}`)).toMatchObject({ status: 200, value: 'a3' });
      expect(await send(client, 'GET', `${PATH}/${name('shared')}`)).toMatchObject({ status: 200, value: 'b' });
      expect((await send(client, 'GET', `${PATH}/${name('removed')}`)).status).toBe(404);
    }
  },
);

test('a publish whose answer is lost with the connection, written over by the other server, is answered once and as it was', async () => {
  expect((await create(b, 'answer-counter', '0')).status).toBe(201);
  expect((await send(a, 'GET', `${PATH}/answer-counter`)).status).toBe(200);
  proxy.hold('answers');
  const creating = create(a, 'answer-made', 'a');
  const endMs = systemClock.monotonicMs() + 10_000;
  while ((await send(b, 'GET', `${PATH}/answer-made`)).status !== 200) {
    if (systemClock.monotonicMs() > endMs) throw new Error('the publish did not arrive');
    await systemClock.sleep(20);
  }
  expect((await replace(b, 'answer-made', 'b')).status).toBe(200);
  proxy.cut();
  expect(await creating).toMatchObject({ status: 201, value: 'a' });
  expect(await told('answer-made')).toEqual(['created answer-made a', 'updated answer-made b']);
});

test(
  'counting on both servers while publishes of one are held at random loses and doubles no step',
  { timeout: 60_000 },
  async () => {
    expect((await create(b, 'count', '0')).status).toBe(201);
    const endMs = systemClock.monotonicMs() + 6_000;
    let acknowledged = 0;
    const increment = async (client: ApiClient): Promise<void> => {
      while (systemClock.monotonicMs() < endMs) {
        const now = await send(client, 'GET', `${PATH}/count`);
        if (now.status !== 200) continue;
        const { status } = await replace(client, 'count', String(Number(now.value) + 1), now.resourceVersion);
        if (status === 200) acknowledged += 1;
        // 503: it lost too many fences to the other server, or waited too long; it must not have been stored either.
        else expect([409, 503]).toContain(status);
      }
    };
    const holding = (async () => {
      for (let round = 0; systemClock.monotonicMs() < endMs; round++) {
        proxy.hold('requests');
        await systemClock.sleep(30 + (round % 5) * 70);
        proxy.release();
        await systemClock.sleep(100);
      }
    })();
    await Promise.all([a, a, b, b].map(increment));
    await holding;
    expect(acknowledged).toBeGreaterThan(20);
    expect(Number((await send(b, 'GET', `${PATH}/count`)).value)).toBe(acknowledged);
    const steps = await told('count');
    expect(steps).toEqual([
      'created count 0',
      ...Array.from({ length: acknowledged }, (_, step) => `updated count ${step + 1}`),
    ]);
  },
);
