import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { messageOf } from '@taffrail/platform/failure';
import type { Logger } from '@taffrail/platform/logger';
import type { Pod } from '@taffrail/resources/generated/types';
import { answerContainerLog, type LogAnswerOptions } from './answer-container-log.ts';

export interface AgentServerOptions extends LogAnswerOptions {
  /** PEM: what we serve with, and whose clients we answer. */
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority: string;
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  pods(): readonly Pod[];
  readonly logger: Logger;
}

export interface AgentServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Members of this group may ask a node directly: the API server, and administrators. */
const GROUP = 'system:masters';

/** The node's own HTTPS server: logs of its containers, its pods, its health. Answers clients of our authority only. */
export async function startAgentServer(options: AgentServerOptions): Promise<AgentServer> {
  const { certificate: cert, key, clientAuthority: ca, logger } = options;
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answer(options, request, response).catch((error: unknown) => {
      logger.warn({ path: request.url, error: messageOf(error) }, 'a request could not be answered');
      if (response.headersSent) response.destroy();
      else refuse(response, 500, messageOf(error));
    });
  });
  server.on('tlsClientError', (error) => logger.debug({ error: messageOf(error) }, 'a client was refused'));
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { address, port }: AgentServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(options: AgentServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const subject = (request.socket as TLSSocket).getPeerCertificate().subject as
    | { readonly O?: string | readonly string[] }
    | undefined;
  const organizations = [subject?.O ?? []].flat();
  if (!organizations.includes(GROUP)) return refuse(response, 403, `only members of ${GROUP} may ask a node`);
  const url = new URL(request.url ?? '/', 'https://node');
  const [kind = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (request.method !== 'GET') return refuse(response, 405, `${request.method} is not allowed`);
  const [namespace, name, container] = rest;
  if (kind === 'healthz' && rest.length === 0) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
    return;
  }
  if (kind === 'pods' && rest.length === 0) {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: options.pods() };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
    return;
  }
  if (kind === 'containerLogs' && namespace !== undefined && name !== undefined && container !== undefined) {
    await answerContainerLog(options, { namespace, name, container, query: url.searchParams }, response);
    return;
  }
  refuse(response, 404, `there is nothing at ${url.pathname}`);
}

/** A refusal as the text the API server passes on. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(message);
}
