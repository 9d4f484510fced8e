import { connect, type ClientHttp2Session } from 'node:http2';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';

/** Where an API server is and who we are to it. Certificates and keys are PEM. */
export interface ApiEndpoint {
  /** `https://host:port`, optionally with a path in front of every request (`/at/…`). */
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly bearerToken?: string;
}

/** One HTTP/2 connection to an endpoint, made when it is needed and made again after it was lost. */
export interface Http2Connection {
  /** The open session. Throws OperatingError `unavailable` when none can be had. */
  session(): Promise<ClientHttp2Session>;
  close(): void;
}

/** Keeps a connection to `endpoint`. An idle connection is probed, so that one cut off silently is noticed. */
export function http2Connection(endpoint: ApiEndpoint, clock: Clock): Http2Connection {
  const authority = new URL(endpoint.server).origin;
  let current: Promise<ClientHttp2Session> | undefined;
  let closed = false;

  const open = async (): Promise<ClientHttp2Session> => {
    const session = connect(authority, {
      ...(endpoint.certificateAuthority === undefined ? {} : { ca: endpoint.certificateAuthority }),
      ...(endpoint.clientCertificate === undefined ? {} : { cert: endpoint.clientCertificate }),
      ...(endpoint.clientKey === undefined ? {} : { key: endpoint.clientKey }),
      settings: { initialWindowSize: limits.apiStreamWindowBytes },
    });
    const forget = (): void => {
      if (current === opened) current = undefined;
    };
    session.once('close', forget);
    // The server asked to stop: streams under way end by themselves, new ones go to a new connection.
    session.once('goaway', () => {
      forget();
      session.close();
    });
    await established(session, authority, clock);
    // HTTP/2's own 64 KiB would be shared by all watches, and cost a list one round trip for each of them.
    session.setLocalWindowSize(limits.apiConnectionWindowBytes);
    probe(session, clock);
    return session;
  };

  let opened: Promise<ClientHttp2Session> | undefined;
  return {
    async session() {
      if (closed) throw new OperatingError('aborted', 'the API client is closed');
      if (current === undefined) {
        opened = open();
        current = opened;
        opened.catch(() => {
          current = undefined;
        });
      }
      return current;
    },
    close() {
      closed = true;
      const session = current;
      current = undefined;
      session?.then(
        (open) => open.destroy(),
        () => undefined, // it never opened: nothing to close
      );
    },
  };
}

async function established(session: ClientHttp2Session, authority: string, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cancel = clock.after(limits.apiConnectMs, () => {
    reject(
      new OperatingError('unavailable', `${authority} did not accept a connection within ${limits.apiConnectMs} ms`),
    );
    session.destroy();
  });
  session.once('connect', () => resolve());
  session.on('error', (error) => {
    reject(new OperatingError('unavailable', `cannot reach ${authority}: ${messageOf(error)}`, { cause: error }));
  });
  session.once('close', () => reject(new OperatingError('unavailable', `${authority} closed the connection`)));
  try {
    await promise;
  } finally {
    cancel();
  }
}

/** Pings; destroys the session when a ping has not come back by the time of the next. */
function probe(session: ClientHttp2Session, clock: Clock): void {
  let answered = true;
  const tick = (): void => {
    if (session.closed || session.destroyed) return;
    if (!answered) {
      session.destroy(new OperatingError('unavailable', 'the connection to the API server is dead'));
      return;
    }
    answered = false;
    session.ping(() => {
      answered = true;
    });
    cancel = clock.after(limits.apiKeepaliveMs, tick);
  };
  let cancel = clock.after(limits.apiKeepaliveMs, tick);
  session.once('close', () => cancel());
}
