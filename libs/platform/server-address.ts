import { readFileSync } from 'node:fs';

/** How to reach NATS. */
export interface NatsAddress {
  /** `host:port` each, as the client library takes them. */
  readonly servers: readonly string[];
  readonly token?: string;
}

/**
 * Reads `nats://host:port[,host:port…][?tokenFile=PATH]`.
 * The secret stands in a file, so that no process list and no log line ever shows it. Throws when the file cannot be read.
 */
export function natsAddress(url: string): NatsAddress {
  const [authority = '', query = ''] = url.replace(/^(nats|tls):\/\//, '').split('?', 2);
  const servers = authority
    .replace(/\/$/, '')
    .split(',')
    .filter((server) => server !== '');
  const tokenFile = new URLSearchParams(query).get('tokenFile');
  return tokenFile === null ? { servers } : { servers, token: readFileSync(tokenFile, 'utf8').trim() };
}

/** The part of a Postgres address our driver cannot read from a URL. */
export interface DatabaseAddress {
  /** Without the parameters taken out below. */
  readonly url: string;
  /** Directory of the unix socket; to be passed as the driver's `host`. */
  readonly host?: string;
  readonly user?: string;
}

/**
 * Reads a libpq URL. The driver takes a socket directory only as an option, not as libpq's `?host=/directory`,
 * and would send `host` and `user` to the server as settings: so they are taken out here.
 * Use as `postgres(address.url, { ...(address.host && { host: address.host }), … })`.
 */
export function databaseAddress(url: string): DatabaseAddress {
  const [base = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  const host = parameters.get('host');
  const user = parameters.get('user');
  parameters.delete('host');
  parameters.delete('user');
  const rest = parameters.toString();
  return {
    url: rest === '' ? base : `${base}?${rest}`,
    ...(host === null ? {} : { host }),
    ...(user === null ? {} : { user }),
  };
}
