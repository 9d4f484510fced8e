import type { IncomingHttpHeaders } from 'node:http';
import { joinedHeaders, type Exchange, type HeaderValues } from '../http/exchange.ts';

/** Headers of one connection, which mean nothing on the next. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Said to this server and not to what is behind it. */
const OURS: ReadonlySet<string> = new Set(['authorization', 'host', 'content-length', 'expect']);

/** The headers a proxied request carries: the client's, and where it came from. */
export function requestHeaders(exchange: Exchange): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(joinedHeaders(exchange.requestHeaders()))) {
    const own = name.startsWith(':') || HOP_BY_HOP.has(name) || OURS.has(name) || name.startsWith('impersonate-');
    if (!own) headers[name] = value;
  }
  const before = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before === undefined ? exchange.remoteAddress : `${before}, ${exchange.remoteAddress}`;
  headers['x-forwarded-uri'] = exchange.path;
  headers['x-forwarded-proto'] = 'https';
  const host = exchange.header('host') ?? exchange.header(':authority');
  if (host !== undefined) headers['x-forwarded-host'] = host;
  return headers;
}

/** The headers of a proxied answer. Redirects within the target lead through the proxy again. */
export function responseHeaders(headers: IncomingHttpHeaders, prefix: string, origin: string): HeaderValues {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const { location } = headers;
  return {
    ...Object.fromEntries(kept),
    ...(location === undefined ? {} : { location: throughProxy(location, prefix, origin) }),
  };
}

function throughProxy(location: string, prefix: string, origin: string): string {
  if (location.startsWith('//')) return location;
  if (location.startsWith('/')) return prefix + location;
  return location === origin || location.startsWith(`${origin}/`) ? prefix + location.slice(origin.length) : location;
}
