import { readFile } from 'node:fs/promises';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { writePrivateFile } from '@taffrail/pki/private-file';
import { systemClock } from '@taffrail/platform/clock';
import { askApi } from '../ask-api.ts';
import { alone, presentServer, withPastContext } from './past-context.ts';

export interface AtRequest {
  readonly kubeconfig: string;
  /** A revision or an RFC 3339 time. */
  readonly moment: string;
  /** `at-<moment>` when absent. */
  readonly context?: string;
  /** How a watch goes on: parameters of the address, '' for none. */
  readonly speed: string;
  readonly until: string;
  readonly use: boolean;
  readonly output: AtOutput;
  readonly signal: AbortSignal;
}

/** What is printed: a sentence, facts, a kubeconfig of its own, or the address alone. The last two write no file. */
export type AtOutput = 'text' | 'json' | 'kubeconfig' | 'server';

/** Makes a kubeconfig context of a past moment. Throws OperatingError with the server's words for a moment it refuses. */
export async function writeContext(request: AtRequest): Promise<void> {
  const { kubeconfig, moment, speed, until, use, output } = request;
  const parameters = [speed === '' ? '' : `;speed=${speed}`, until === '' ? '' : `;until=${until}`].join('');
  const path = `/at/${moment}${parameters}`;
  const name = request.context ?? `at-${moment}`;
  const made = withPastContext(await readFile(kubeconfig, 'utf8'), { name, path, use });
  // Only a moment that can be read is written down.
  const { revision, time } = await askForMoment(request, path);
  const standalone = output === 'kubeconfig' || output === 'server';
  if (!standalone) await writePrivateFile(kubeconfig, made.text);
  switch (output) {
    case 'text':
      console.log(`context "${name}" in ${kubeconfig}: revision ${revision}, ${time}`);
      console.log(use ? 'it is the current context now' : `kubectl --context ${name} get pods -A`);
      break;
    case 'json':
      console.log(JSON.stringify({ context: name, kubeconfig, server: made.server, revision, time, current: use }));
      break;
    case 'kubeconfig':
      process.stdout.write(alone(made.text, name));
      break;
    case 'server':
      console.log(made.server);
      break;
  }
}

async function askForMoment(
  { kubeconfig, signal }: AtRequest,
  path: string,
): Promise<{ readonly revision: string; readonly time: string }> {
  const access = await readKubeconfig(kubeconfig);
  const endpoint = { ...access, server: presentServer(access.server) };
  const client = httpApiClient({ endpoint, clock: systemClock, userAgent: 'taffrail/0.1' });
  try {
    const { headers } = await askApi(
      async () => await client.request('GET', `${path}/api`, undefined, {}, signal),
      signal,
    );
    return { revision: String(headers['taffrail-revision']), time: String(headers['taffrail-time']) };
  } finally {
    client.close();
  }
}
