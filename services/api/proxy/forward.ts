import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest, type Agent } from 'node:https';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { Exchange } from '../http/exchange.ts';
import { unavailable } from '../http/rejections.ts';
import { requestHeaders, responseHeaders } from './proxied-headers.ts';

/** Where a request is passed on to. */
export interface ForwardTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** What stands before the target's own paths in ours. */
  readonly prefix: string;
  /** Connections with a certificate of ours; without one, certificates are not checked. */
  readonly agent?: Agent;
}

/** Passes a request on and its answer back as it comes. A target that cannot be reached is a 503 that says why. */
export async function forward(target: ForwardTarget, exchange: Exchange): Promise<Rejection | undefined> {
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(exchange.method);
  const body = hasBody ? await exchange.body(limits.requestBodyBytes) : undefined;
  let answer: IncomingMessage;
  try {
    answer = await ask(target, exchange, body);
  } catch (thrown) {
    if (exchange.signal.aborted) return undefined;
    return unavailable(`error trying to reach service: ${messageOf(thrown)}`);
  }
  const bare = target.host.includes(':') ? `[${target.host}]` : target.host;
  const headers = responseHeaders(answer.headers, target.prefix, `${target.scheme}://${bare}:${target.port}`);
  const status = answer.statusCode ?? 502;
  if (exchange.method === 'HEAD' || status === 204 || status === 304) {
    answer.destroy();
    exchange.stream(status, headers).end();
    return undefined;
  }
  const stream = exchange.stream(status, headers);
  stream.onClose(() => answer.destroy());
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (stream.closed) return undefined;
      stream.write(chunk);
      await stream.drained();
    }
    stream.end();
  } catch {
    // The target broke off: so does the answer, which is how the client learns of it.
    stream.destroy();
  }
  return undefined;
}

function ask(target: ForwardTarget, exchange: Exchange, body: Buffer | undefined): Promise<IncomingMessage> {
  const { scheme, host, port, path, agent } = target;
  const headers = {
    ...requestHeaders(exchange),
    ...(body === undefined ? {} : { 'content-length': String(body.byteLength) }),
  };
  const options = {
    host,
    port,
    path,
    method: exchange.method,
    headers,
    signal: exchange.signal,
    timeout: limits.agentAnswerMs,
  };
  return new Promise((resolve, reject) => {
    const took = (answer: IncomingMessage): void => {
      // The bound is on the beginning of the answer; what follows may take its time.
      asking.setTimeout(0);
      resolve(answer);
    };
    const asking =
      scheme === 'http'
        ? plainRequest(options, took)
        : secureRequest({ ...options, ...(agent === undefined ? { rejectUnauthorized: false } : { agent }) }, took);
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.on('error', reject);
    asking.end(body);
  });
}
