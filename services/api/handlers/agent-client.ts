import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { limits } from '@taffrail/platform/limits';
import { messageOf } from '@taffrail/platform/failure';
import type { Logger } from '@taffrail/platform/logger';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { Exchange, ResponseStream } from '../http/exchange.ts';
import { internalError } from '../http/rejections.ts';
import { forward } from '../proxy/forward.ts';
import type { AgentAddress } from './agent-address.ts';

/** Talks to node agents with the API server's client certificate. */
export interface AgentClient {
  /** Passes an agent's answer on to an exchange, as it comes. Answers a rejection when the agent cannot be asked. */
  stream(address: AgentAddress, path: string, exchange: Exchange): Promise<Rejection | undefined>;
  /** Passes a proxied request on: `path` (with its query) is what is asked of the agent, `prefix` what stands before it in ours. */
  forward(
    address: AgentAddress,
    asked: { readonly path: string; readonly prefix: string },
    exchange: Exchange,
  ): Promise<Rejection | undefined>;
}

export interface AgentClientOptions {
  /** PEM of our client certificate, its key, and the authority of agents' serving certificates. */
  readonly certificate: string | Buffer;
  readonly key: string | Buffer;
  readonly authority: string | Buffer;
  readonly logger: Logger;
}

/** An AgentClient over HTTPS. */
export function httpsAgentClient(options: AgentClientOptions): AgentClient {
  const agent = new Agent({
    keepAlive: true,
    maxFreeSockets: 8,
    cert: options.certificate,
    key: options.key,
    ca: options.authority,
  });
  return {
    async stream(address, path, exchange) {
      let answer: IncomingMessage;
      try {
        answer = await ask(agent, address, path, exchange.signal);
      } catch (thrown) {
        if (exchange.signal.aborted) return undefined;
        return internalError(`Get "https://${address.host}:${address.port}": ${messageOf(thrown)}`);
      }
      await passOn(answer, exchange).catch((thrown: unknown) => {
        options.logger.info({ node: address.node, error: messageOf(thrown) }, 'the stream of an agent broke off');
      });
      return undefined;
    },
    forward: ({ host, port }, asked, exchange) => forward({ scheme: 'https', host, port, agent, ...asked }, exchange),
  };
}

function ask(agent: Agent, address: AgentAddress, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { agent, host: address.host, port: address.port, path, method: 'GET', signal, timeout: limits.agentAnswerMs },
      (answer) => {
        // The bound is on the beginning of the answer; a followed log may be silent for hours.
        asking.setTimeout(0);
        resolve(answer);
      },
    );
    asking.on('timeout', () => asking.destroy(new Error('the agent does not answer')));
    asking.on('error', reject);
    asking.end();
  });
}

async function passOn(answer: IncomingMessage, exchange: Exchange): Promise<void> {
  const stream: ResponseStream = exchange.stream(answer.statusCode ?? 502, {
    'content-type': answer.headers['content-type'] ?? 'text/plain',
    'cache-control': 'no-cache, private',
  });
  stream.onClose(() => answer.destroy());
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (stream.closed) return;
      stream.write(chunk);
      await stream.drained();
    }
    stream.end();
  } catch (thrown) {
    if (stream.closed) return;
    stream.destroy();
    throw thrown;
  }
}
