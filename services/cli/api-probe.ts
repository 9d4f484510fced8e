import { Agent, request } from 'node:https';
import { OperatingError } from '@taffrail/platform/failure';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';

/** A small client for the supervisor and `status`: a few GET requests with the kubeconfig's credentials. */
export interface ApiProbe {
  /** Status and body of a GET. Throws `unavailable` when no server answers. */
  get(path: string, signal?: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Reads a kubeconfig's current context. Throws as `readKubeconfig` does. */
export async function apiProbe(kubeconfigFile: string): Promise<ApiProbe> {
  const access = await readKubeconfig(kubeconfigFile);
  const { server } = access;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 2,
    rejectUnauthorized: !access.skipsTlsVerification,
    ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
    ...(access.clientCertificate === undefined ? {} : { cert: access.clientCertificate }),
    ...(access.clientKey === undefined ? {} : { key: access.clientKey }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
  });
  const headers = {
    accept: 'application/json',
    ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
  };
  return {
    get: (path, signal) =>
      new Promise((resolve, reject) => {
        const fail = (error: Error): void =>
          reject(new OperatingError('unavailable', `${server} does not answer: ${error.message}`, { cause: error }));
        const call = request(new URL(path, server), {
          agent,
          headers,
          timeout: REQUEST_TIMEOUT_MS,
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

/** A probe whose kubeconfig is still being written. */
export function laterApiProbe(coming: Promise<ApiProbe>): ApiProbe {
  coming.catch(() => undefined); // each request tells why there is none
  return {
    get: async (path, signal) => (await coming).get(path, signal),
    close: () => {
      coming.then(
        (probe) => probe.close(),
        () => undefined,
      );
    },
  };
}
