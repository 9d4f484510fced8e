import { startTestServers } from '@taffrail/embedded/testing/servers';
import type { TestProject } from 'vitest/node';

interface Shared {
  users: number;
  readonly started: ReturnType<typeof startTestServers>;
}

const holder = globalThis as typeof globalThis & { taffrailTestServers?: Shared };

/** vitest's global setup: one set of servers for the whole run, whichever projects use it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const first = holder.taffrailTestServers === undefined;
  const shared = (holder.taffrailTestServers ??= { users: 0, started: startTestServers() });
  shared.users += 1;
  const { servers, stop } = await shared.started;
  if (first) {
    const { postgres, nats } = servers;
    console.log(`test servers: ${postgres.description} [${postgres.origin}], ${nats.description} [${nats.origin}]`);
  }
  project.provide('taffrailServers', servers);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete holder.taffrailTestServers;
    await stop();
  };
}
