import * as fc from 'fast-check';
import { allResources } from '@taffrail/resources/registry';
import { kubeClient, type KubeAnswer } from './kube-client.ts';
import { malformedRequest, type MalformedRequest } from './malformed-requests.ts';
import type { MemoryServer } from './memory-server.ts';

/** What came of a number of random requests. */
export interface FuzzFigures {
  /** Requests by the status they were answered with. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What should never happen, with the request that made it happen. */
  readonly disorders: readonly string[];
}

/**
 * Sends random requests one after the other. A disorder is an answer of 500 or above where Kubernetes has none, a word
 * about the server's inside, a refusal that wrote all the same, or a server that does not answer the next good request.
 */
export async function fuzzApi(server: MemoryServer, seed: number, rounds: number): Promise<FuzzFigures> {
  const credentials = { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) };
  const client = kubeClient(server.url, credentials);
  const statuses = new Map<number, number>();
  const disorders: string[] = [];
  const spaces = allResources().filter(({ resource }) => resource === 'configmaps' || resource === 'events');
  const heads = (): string => spaces.map((definition) => server.state.revision(definition)).join();
  try {
    // Made in pieces: all the requests of a long run at once would fill the memory.
    for (let made = 0; made < rounds; made += PIECE_COUNT) {
      const count = Math.min(PIECE_COUNT, rounds - made);
      for (const request of fc.sample(malformedRequest, { seed: seed + made, numRuns: count })) {
        const before = heads();
        const { method, path, body, mediaType } = request;
        const answer = await client.request(method, path, body, { 'content-type': mediaType });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const wrong =
          disorderOf(answer) ?? (answer.status >= 400 && heads() !== before ? 'wrote, and refused' : undefined);
        if (wrong !== undefined)
          disorders.push(`${wrong}: ${shown(request)} → ${answer.status} ${answer.text.slice(0, 500)}`);
      }
      const after = await client.request('GET', '/api/v1/namespaces');
      if (after.status !== 200)
        disorders.push(`a good request is answered ${after.status} after ${made + count} bad ones`);
    }
  } finally {
    client.close();
  }
  return { statuses, disorders };
}

const PIECE_COUNT = 500;

function disorderOf({ status, text }: KubeAnswer): string | undefined {
  if (/\n\s+at |node:internal|\.ts:\d|\.js:\d|TypeError|RangeError|ReferenceError/.test(text))
    return 'leaks its inside';
  if (status === 0) return 'no answer';
  // Too large a resourceVersion is a timeout, and an unreadable one a bare 500, in Kubernetes too.
  if (status < 500 || status === 504 || (status === 500 && /resourceVersion/i.test(text) && !text.includes('"reason"')))
    return undefined;
  return 'blames the server';
}

function shown({ method, path, body, mediaType }: MalformedRequest): string {
  const sent = body === undefined ? '' : typeof body === 'string' ? body : Buffer.from(body).toString('base64');
  return `${method} ${path} ${mediaType} ${sent}`;
}
