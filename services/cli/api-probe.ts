import { readFileSync } from 'node:fs';
import { request, Agent } from 'node:https';
import { OperatingError } from '@taffrail/platform/failure';
import { parse } from 'yaml';

/** A small client for the supervisor and `status`: a few GET requests with the kubeconfig's client certificate. */
export interface ApiProbe {
  /** Status and body of a GET. Throws `unavailable` when no server answers. */
  get(path: string, signal?: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

interface Kubeconfig {
  readonly clusters?: readonly {
    readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string };
  }[];
  readonly users?: readonly {
    readonly user?: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string };
  }[];
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Reads a kubeconfig with embedded certificates, as `up` writes it. Throws `protocol` when it holds something else. */
export function apiProbe(kubeconfigFile: string): ApiProbe {
  const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig;
  const cluster = config.clusters?.[0]?.cluster;
  const user = config.users?.[0]?.user;
  const [ca, cert, key] = [
    cluster?.['certificate-authority-data'],
    user?.['client-certificate-data'],
    user?.['client-key-data'],
  ].map((value) => (value === undefined ? undefined : Buffer.from(value, 'base64')));
  if (cluster?.server === undefined || ca === undefined || cert === undefined || key === undefined) {
    throw new OperatingError('protocol', `${kubeconfigFile} names no server with embedded certificates`);
  }
  const server = cluster.server;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
  return {
    get: (path, signal) =>
      new Promise((resolve, reject) => {
        const fail = (error: Error): void =>
          reject(new OperatingError('unavailable', `${server} does not answer: ${error.message}`, { cause: error }));
        const call = request(new URL(path, server), {
          agent,
          timeout: REQUEST_TIMEOUT_MS,
          headers: { accept: 'application/json' },
          ...(signal === undefined ? {} : { signal }),
        });
        call.once('timeout', () => call.destroy(new Error('no answer in time')));
        call.once('error', fail);
        call.once('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', fail);
          response.once('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
          );
        });
        call.end();
      }),
    close: () => agent.destroy(),
  };
}
