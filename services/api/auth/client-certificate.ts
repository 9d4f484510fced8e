import type { TLSSocket } from 'node:tls';
import { AUTHENTICATED_GROUP, type Identity } from './identity.ts';

const known = new WeakMap<TLSSocket, Identity>();

/** Who the client certificate of a connection names: CN is the user, each O a group. Read once per connection. */
export function identityOf(socket: TLSSocket): Identity {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const identity = readIdentity(socket);
  known.set(socket, identity);
  return identity;
}

function readIdentity(socket: TLSSocket): Identity {
  const certificate = socket.getPeerCertificate();
  // Node answers {} (or null on a destroyed socket) when the peer showed no certificate.
  const subject = certificate?.subject as Record<string, string | readonly string[] | undefined> | undefined;
  if (subject === undefined) return { type: 'anonymous' };
  if (!socket.authorized) return { type: 'invalid', why: String(socket.authorizationError) };
  const name = texts(subject['CN'])[0];
  if (name === undefined || name === '') return { type: 'invalid', why: 'the certificate has no common name' };
  return { type: 'user', user: { name, groups: [...texts(subject['O']), AUTHENTICATED_GROUP] } };
}

function texts(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
