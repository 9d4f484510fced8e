import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy that can hold back what its clients send, or what the server answers, and let it through later. */
export interface HoldingProxy {
  readonly port: number;
  hold(direction: 'requests' | 'answers'): void;
  release(): void;
  /** Cuts every connection; what was held back for the server is delivered to it all the same. */
  cut(): void;
  /** Cuts every connection and takes no more. */
  close(): void;
}

/** Stands in front of a server on loopback. */
export async function startHoldingProxy(serverPort: number): Promise<HoldingProxy> {
  const pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();
  /** What is held back now: from whom, and for whom. */
  const held = new Map<Socket, Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    pairs.add({ client, upstream });
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const { client } of pairs) client.destroy();
    pairs.clear();
    held.clear();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    hold(direction) {
      for (const { client, upstream } of pairs) {
        const [from, to] = direction === 'requests' ? [client, upstream] : [upstream, client];
        if (held.has(from)) continue;
        from.unpipe(to);
        from.pause();
        held.set(from, to);
      }
    },
    release() {
      for (const [from, to] of held) from.pipe(to);
      held.clear();
    },
    cut,
    close() {
      cut();
      server.close();
    },
  };
}
