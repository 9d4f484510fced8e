/**
 * Two API servers on one log under contention, one of them stopped (SIGSTOP) and resumed at random moments:
 *
 *     node --conditions=source tests/proofs/linearizable.ts [--rounds 30] [--seconds 2]
 *
 * Clients of both servers read, write, replace (under a resourceVersion), create and delete a few objects and record
 * when they asked and what they were answered. The history of each object must be linearizable (`linearizability.ts`),
 * and no acknowledged increment of a shared counter may be lost. Exit code 1 when anything is wrong.
 */
import { parseArgs } from 'node:util';
import type { ApiClient } from '@taffrail/controller/api-client';
import { systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';
import { checkRegister, type Action, type Operation } from './linearizability.ts';
import { startWorld, type World } from './world.ts';

export interface LinearizableFigures {
  readonly rounds: number;
  readonly operations: number;
  readonly unanswered: number;
  readonly pauses: number;
  readonly objects: number;
  readonly notLinearizable: number;
  readonly increments: number;
  readonly lostUpdates: number;
  readonly duplicatedUpdates: number;
}

const OBJECTS_COUNT = 4;
const CLIENTS_COUNT = 8;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

interface Answer {
  readonly status: number;
  readonly value?: string;
  readonly resourceVersion?: string;
}

/** Asks and reads what matters of the answer; status 0 when there was none, or one that leaves the outcome open. */
async function ask(client: ApiClient, method: string, path: string, body?: object): Promise<Answer> {
  try {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await client.request(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
    if (answer.status >= 500 || answer.status === 429) return { status: 0 };
    const { data, metadata } = JSON.parse(answer.body.toString()) as {
      data?: { value?: string };
      metadata?: { resourceVersion?: string };
    };
    return {
      status: answer.status,
      ...(data?.value === undefined ? {} : { value: data.value }),
      ...(metadata?.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    };
  } catch {
    // No answer is an answer here: the operation may have taken effect or not.
    return { status: 0 };
  }
}

const configMap = (name: string, value: string, resourceVersion?: string): object => ({
  metadata: { name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  data: { value },
});

/** What a client has seen of an object, to replace it by. */
interface Seen {
  readonly value: string;
  readonly resourceVersion: string;
}

async function operate(client: ApiClient, name: string, value: string, seen: Map<string, Seen>): Promise<Action> {
  const path = `${CONFIG_MAPS}/${name}`;
  const remember = (answer: Answer, held = answer.value): void => {
    if (answer.resourceVersion !== undefined && held !== undefined) {
      seen.set(name, { value: held, resourceVersion: answer.resourceVersion });
    }
  };
  const dice = systemRandom.next();
  const known = seen.get(name);
  if (dice < 0.35 || (known === undefined && dice < 0.7)) {
    const answer = await ask(client, 'GET', path);
    if (answer.status === 200) remember(answer);
    // An unanswered read says nothing; it is left out of the history.
    return { type: 'read', value: answer.status === 0 ? UNREAD : answer.value };
  }
  if (dice < 0.7 && known !== undefined) {
    const answer = await ask(client, 'PUT', path, configMap(name, value, known.resourceVersion));
    if (answer.status === 200) remember(answer);
    const outcome = answer.status === 200 ? 'done' : answer.status === 0 ? 'unknown' : 'refused';
    return { type: 'replace', expected: known.value, value, outcome };
  }
  if (dice < 0.8) {
    const answer = await ask(client, 'PUT', path, configMap(name, value));
    if (answer.status === 200) remember(answer);
    return {
      type: 'write',
      value,
      outcome: answer.status === 200 ? 'done' : answer.status === 0 ? 'unknown' : 'absent',
    };
  }
  if (dice < 0.95) {
    const answer = await ask(client, 'POST', CONFIG_MAPS, configMap(name, value));
    if (answer.status === 201) remember(answer);
    return {
      type: 'create',
      value,
      outcome: answer.status === 201 ? 'done' : answer.status === 0 ? 'unknown' : 'exists',
    };
  }
  const answer = await ask(client, 'DELETE', path);
  return { type: 'delete', outcome: answer.status === 200 ? 'done' : answer.status === 0 ? 'unknown' : 'absent' };
}

const UNREAD = '(no answer)';

interface Recorded extends Loss {
  readonly histories: ReadonlyMap<string, readonly Operation[]>;
  readonly unanswered: number;
  readonly increments: number;
  readonly pauses: number;
}

/** One round: clients of both servers at work while now and then one server stands still. */
async function record(world: World, clients: readonly ApiClient[], round: number, forMs: number): Promise<Recorded> {
  const histories = new Map<string, Operation[]>();
  const names = Array.from({ length: OBJECTS_COUNT }, (_, index) => `register-${round}-${index}`);
  for (const name of names) histories.set(name, []);
  const counter = `counter-${round}`;
  const first = clients[0] as ApiClient;
  await first.request('POST', CONFIG_MAPS, JSON.stringify(configMap(counter, '0')), {
    'content-type': 'application/json',
  });
  const endMs = systemClock.monotonicMs() + forMs;
  let unanswered = 0;
  let increments = 0;
  let unknownIncrements = 0;
  let writes = 0;

  const worker = async (client: ApiClient): Promise<void> => {
    const seen = new Map<string, Seen>();
    while (systemClock.monotonicMs() < endMs) {
      const name = names[Math.floor(systemRandom.next() * names.length)] as string;
      const calledAt = systemClock.monotonicMs();
      const action = await operate(client, name, `${round}-${++writes}`, seen);
      const unknown = action.type === 'read' ? action.value === UNREAD : action.outcome === 'unknown';
      if (unknown) unanswered++;
      if (unknown && action.type === 'read') continue;
      const returnedAt = unknown ? Number.POSITIVE_INFINITY : systemClock.monotonicMs();
      histories.get(name)?.push({ action, calledAt, returnedAt });
    }
  };
  const incrementer = async (client: ApiClient): Promise<void> => {
    while (systemClock.monotonicMs() < endMs) {
      const { value, resourceVersion } = await ask(client, 'GET', `${CONFIG_MAPS}/${counter}`);
      if (value === undefined || resourceVersion === undefined) continue;
      const next = configMap(counter, String(Number(value) + 1), resourceVersion);
      const { status } = await ask(client, 'PUT', `${CONFIG_MAPS}/${counter}`, next);
      if (status === 200) increments++;
      else if (status === 0) unknownIncrements++;
    }
  };
  let pauses = 0;
  const pauser = async (): Promise<void> => {
    while (systemClock.monotonicMs() < endMs - 300) {
      await systemClock.sleep(50 + systemRandom.next() * 400);
      const api = world.apis[Math.floor(systemRandom.next() * world.apis.length)];
      if (api === undefined) return;
      process.kill(api.pid(), 'SIGSTOP');
      await systemClock.sleep(100 + systemRandom.next() * 700);
      process.kill(api.pid(), 'SIGCONT');
      pauses++;
    }
  };
  await Promise.all([...clients.map(worker), ...clients.slice(0, 4).map(incrementer), pauser()]);
  const final = await ask(first, 'GET', `${CONFIG_MAPS}/${counter}`);
  const value = Number(final.value);
  if (!Number.isSafeInteger(value)) throw new Error(`the counter of round ${round} cannot be read`);
  return { histories, unanswered, increments, pauses, ...lossOf(value, increments, unknownIncrements) };
}

interface Loss {
  readonly lost: number;
  readonly duplicated: number;
}

function lossOf(final: number, acknowledged: number, unknown: number): Loss {
  return { lost: Math.max(0, acknowledged - final), duplicated: Math.max(0, final - acknowledged - unknown) };
}

/** Runs the proof. */
export async function proveLinearizable(
  rounds: number,
  roundMs: number,
  say: (line: string) => void,
): Promise<LinearizableFigures> {
  await using world = await startWorld({ apiServers: 2, soleWriter: false });
  // Every other client talks to the same server; each has a connection of its own.
  const clients = Array.from({ length: CLIENTS_COUNT }, (_, index) => world.apis[index % 2]?.client()).filter(
    (client) => client !== undefined,
  );
  const figures = {
    rounds,
    operations: 0,
    unanswered: 0,
    pauses: 0,
    objects: 0,
    notLinearizable: 0,
    increments: 0,
    lostUpdates: 0,
    duplicatedUpdates: 0,
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      const recorded = await record(world, clients, round, roundMs);
      figures.unanswered += recorded.unanswered;
      figures.pauses += recorded.pauses;
      figures.increments += recorded.increments;
      figures.lostUpdates += recorded.lost;
      figures.duplicatedUpdates += recorded.duplicated;
      for (const [name, history] of recorded.histories) {
        figures.objects++;
        figures.operations += history.length;
        const verdict = checkRegister(history);
        if (verdict.linearizable) continue;
        figures.notLinearizable++;
        say(
          `${name} is not linearizable; around:\n${verdict.stuckBefore.map((one) => JSON.stringify(one)).join('\n')}`,
        );
      }
      if (round % 10 === 0) say(`round ${round}: ${figures.operations} operations, ${figures.pauses} pauses`);
    }
  } finally {
    for (const client of clients) client.close();
  }
  return figures;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '30' }, seconds: { type: 'string', default: '2' } },
  });
  const figures = await proveLinearizable(Number(values.rounds), Number(values.seconds) * 1000, console.log);
  console.log(JSON.stringify(figures, undefined, 2));
  process.exitCode = figures.notLinearizable + figures.lostUpdates + figures.duplicatedUpdates === 0 ? 0 : 1;
}
