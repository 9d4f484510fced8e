import type { ApiClient } from '@taffrail/controller/api-client';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { kubeconfigAccess, readKubeconfig, type KubeconfigAccess, type KubeconfigMap } from '@taffrail/pki/kubeconfig';
import { systemClock } from '@taffrail/platform/clock';
import { environmentVariable } from '@taffrail/platform/environment';
import { askApi } from '../ask-api.ts';
import { findCluster } from '../cluster.ts';
import { VERSION } from '../version.ts';
import { kubectlConfig } from './kubectl-config.ts';
import type { PastOptions } from './past-options.ts';

/** The part of the API that tells of the past. */
export interface PastApi {
  /** The namespace that is meant where none is named. */
  readonly namespace: string;
  get<Answer>(path: string, query: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  post<Answer>(path: string, query: Readonly<Record<string, string | undefined>>, body: unknown): Promise<Answer>;
  close(): void;
}

const ROOT = '/apis/taffrail.dev/v1';

/** Opens the API of the cluster that the options mean. Warnings of the server go to stderr. */
export async function openPastApi(options: PastOptions, signal: AbortSignal): Promise<PastApi> {
  const access = await accessOf(options);
  const client = httpApiClient({ endpoint: access, clock: systemClock, userAgent: `taffrail/${VERSION}` });
  const namespace = options.namespace ?? (access.namespace === '' ? 'default' : access.namespace);
  return {
    namespace,
    get: (path, query) => answer(client, 'GET', path, query, undefined, signal),
    post: (path, query, body) => answer(client, 'POST', path, query, body, signal),
    close: () => client.close(),
  };
}

/** As a kubectl plugin, what kubectl itself would speak to; else the cluster of this machine or of a kubeconfig. */
async function accessOf(options: PastOptions): Promise<KubeconfigAccess> {
  if (environmentVariable('TAFFRAIL_KUBECTL_PLUGIN') !== undefined && options.dataDir === undefined) {
    const config: KubeconfigMap = await kubectlConfig(options);
    return await kubeconfigAccess(config, 'of kubectl');
  }
  return await readKubeconfig(findCluster(options).kubeconfig, options.context);
}

async function answer<Answer>(
  client: ApiClient,
  method: string,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  body: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  const whole = `${ROOT}${path}${parameters.size === 0 ? '' : `?${parameters.toString()}`}`;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const headers = { accept: 'application/json', ...(sent === undefined ? {} : { 'content-type': 'application/json' }) };
  const answered = await askApi(() => client.request(method, whole, sent, headers, signal), signal);
  for (const text of warningTexts(answered.headers['warning'])) console.error(`Warning: ${text}`);
  return JSON.parse(answered.body.toString()) as Answer;
}

function warningTexts(header: string | string[] | undefined): readonly string[] {
  const whole = Array.isArray(header) ? header.join(', ') : (header ?? '');
  return [...whole.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
}
