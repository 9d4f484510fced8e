import type { ApiClient } from '@taffrail/controller/api-client';
import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';

/** What the servers have acknowledged, and what they may or may not have done. Every name and value is used once. */
export interface Ledgered {
  /** ConfigMaps that were created, with the revision each was acknowledged at. */
  readonly created: Map<string, Revision>;
  /** Transactions that were acknowledged, by the prefix of their objects' names. */
  readonly transactions: Set<string>;
  /** Every transaction that was asked for. */
  readonly attempted: Set<string>;
  /** Values of counters that were acknowledged, by counter: each must stand in the log once. */
  readonly counted: Map<string, Set<string>>;
  /** Highest acknowledged revision and value of each Lease. */
  readonly leases: Map<string, { revision: Revision; transitions: number }>;
  /** Secrets that were created, with the revision each was acknowledged at. What is in one follows from its name. */
  readonly secrets: Map<string, Revision>;
  /** Secrets whose purge was asked for, and those whose purge was acknowledged. */
  readonly purging: Set<string>;
  readonly purged: Set<string>;
  acknowledged: number;
  unanswered: number;
}

export function emptyLedger(): Ledgered {
  return {
    created: new Map(),
    transactions: new Set(),
    attempted: new Set(),
    counted: new Map(),
    leases: new Map(),
    secrets: new Map(),
    purging: new Set(),
    purged: new Set(),
    acknowledged: 0,
    unanswered: 0,
  };
}

export const TRANSACTION_OBJECTS_COUNT = 6;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const PURGES = '/apis/taffrail.dev/v1/purges';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const TRANSACTIONS = '/apis/taffrail.dev/v1/transactions';
const FILLER = 'x'.repeat(1_500);

/** What stands in a Secret of this name, as its JSON has it. */
export function secretOf(name: string): string {
  return Buffer.from(`nobody may read this: ${name}`).toString('base64');
}

interface Answer {
  readonly status: number;
  readonly body: { readonly metadata?: { readonly resourceVersion?: string }; readonly data?: Record<string, string> };
}

/** Asks once, without trying again: whoever is not answered does not know. Undefined when there was no answer that settles it. */
async function ask(client: ApiClient, method: string, path: string, body?: object): Promise<Answer | undefined> {
  try {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await client.request(
      method,
      path,
      text,
      { 'content-type': 'application/json' },
      AbortSignal.timeout(20_000),
    );
    if (answer.status >= 500 || answer.status === 429) return undefined;
    return { status: answer.status, body: JSON.parse(answer.body.toString()) as Answer['body'] };
  } catch {
    // The server is away, which is what the proof does to it.
    return undefined;
  }
}

function revisionIn({ body }: Answer): Revision {
  const found = parseRevision(body.metadata?.resourceVersion ?? '');
  if (found === undefined) throw new Error(`an answer without a resourceVersion: ${JSON.stringify(body)}`);
  return found;
}

/** A client that writes one thing after the other until it is told to stop. `name` is its own. */
export async function work(client: ApiClient, name: string, ledger: Ledgered, stop: AbortSignal): Promise<void> {
  let count = 0;
  const counter = `counter-${name}`;
  const counted = new Set<string>();
  ledger.counted.set(counter, counted);
  let lease: { readonly resourceVersion: string; readonly transitions: number } | undefined;
  const unpurged: string[] = [];
  const steps = [
    async (one: string): Promise<boolean> => {
      const answer = await ask(client, 'POST', SECRETS, { metadata: { name: one }, data: { value: secretOf(one) } });
      if (answer === undefined) return false;
      if (answer.status !== 201) throw new Error(`a Secret was answered ${answer.status}`);
      ledger.secrets.set(one, revisionIn(answer));
      unpurged.push(one);
      return true;
    },
    async (): Promise<boolean> => {
      // Every other Secret stays.
      const one = unpurged.splice(0, 2)[1];
      if (one === undefined) return true;
      ledger.purging.add(one);
      const spec = { group: '', resource: 'secrets', namespace: 'default', name: one };
      const answer = await ask(client, 'POST', PURGES, { kind: 'Purge', apiVersion: 'taffrail.dev/v1', spec });
      if (answer === undefined) return false;
      if (answer.status !== 201) throw new Error(`a purge was answered ${answer.status}`);
      ledger.purged.add(one);
      return true;
    },
    async (one: string): Promise<boolean> => {
      const object = { metadata: { name: one }, data: { filler: FILLER } };
      const answer = await ask(client, 'POST', CONFIG_MAPS, object);
      if (answer === undefined) return false;
      if (answer.status !== 201) throw new Error(`a create was answered ${answer.status}`);
      ledger.created.set(one, revisionIn(answer));
      return true;
    },
    async (one: string): Promise<boolean> => {
      const prefix = `t-${one}`;
      ledger.attempted.add(prefix);
      const items = Array.from({ length: TRANSACTION_OBJECTS_COUNT }, (_, index) => ({
        verb: 'create',
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `${prefix}-${index}`, namespace: 'default' },
          data: { filler: FILLER },
        },
      }));
      const answer = await ask(client, 'POST', TRANSACTIONS, { items });
      if (answer === undefined) return false;
      if (answer.status !== 200) throw new Error(`a transaction was answered ${answer.status}`);
      ledger.transactions.add(prefix);
      return true;
    },
    async (one: string): Promise<boolean> => {
      const answer = await ask(client, 'PUT', `${CONFIG_MAPS}/${counter}`, {
        metadata: { name: counter },
        data: { value: one },
      });
      if (answer?.status === 404) {
        await ask(client, 'POST', CONFIG_MAPS, { metadata: { name: counter }, data: { value: 'new' } });
        return true;
      }
      if (answer === undefined) return false;
      counted.add(one);
      return true;
    },
    async (): Promise<boolean> => {
      const transitions = (lease?.transitions ?? 0) + 1;
      const object = {
        metadata: { name: `lease-${name}`, ...(lease === undefined ? {} : { resourceVersion: lease.resourceVersion }) },
        spec: { holderIdentity: name, leaseTransitions: transitions },
      };
      const answer =
        lease === undefined
          ? await ask(client, 'POST', LEASES, object)
          : await ask(client, 'PUT', `${LEASES}/lease-${name}`, object);
      if (answer === undefined || answer.status >= 400) {
        // Nobody else writes it: the unanswered renewal was stored. Its revision is read and the next goes on from it.
        const found = await ask(client, 'GET', `${LEASES}/lease-${name}`);
        const spec = (found?.body as { spec?: { leaseTransitions?: number } } | undefined)?.spec;
        if (found?.status === 200) {
          lease = { resourceVersion: String(revisionIn(found)), transitions: spec?.leaseTransitions ?? 0 };
        }
        return found !== undefined;
      }
      lease = { resourceVersion: String(revisionIn(answer)), transitions };
      ledger.leases.set(`lease-${name}`, { revision: revisionIn(answer), transitions });
      return true;
    },
  ];
  while (!stop.aborted) {
    const step = steps[Math.floor(systemRandom.next() * steps.length)];
    if (await step?.(`${name}-${++count}`)) {
      ledger.acknowledged++;
    } else {
      ledger.unanswered++;
      await systemClock.sleep(20);
    }
  }
}
