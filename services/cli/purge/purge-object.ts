import { httpApiClient } from '@taffrail/controller/http-api-client';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { systemClock } from '@taffrail/platform/clock';
import { askApi } from '../ask-api.ts';
import { confirmed } from '../confirmed.ts';
import { namedObject } from '../history/named-object.ts';
import { VERSION } from '../version.ts';

export interface PurgeRequest {
  readonly kubeconfig: string;
  /** KIND/NAME. */
  readonly text: string;
  readonly namespace: string;
  /** Do not ask. */
  readonly yes: boolean;
  readonly output: 'text' | 'json';
  readonly signal: AbortSignal;
}

/** What the server answers to the order of a purge. */
interface PurgeAnswer {
  readonly metadata: { readonly resourceVersion?: string };
  readonly status: { readonly revisions: number; readonly incarnations: number; readonly erased: boolean };
}

/** Shows what would be erased, asks, and erases it. Throws UsageError without a terminal, OperatingError with the refusal. */
export async function purgeObject(request: PurgeRequest): Promise<void> {
  const { kubeconfig, output, signal } = request;
  const { definition, name } = namedObject(request.text);
  const { group, resource } = definition;
  const namespace = definition.namespaced ? request.namespace : '';
  const body = JSON.stringify({
    kind: 'Purge',
    apiVersion: 'taffrail.dev/v1',
    spec: { group, resource, namespace, name },
  });
  const client = httpApiClient({
    endpoint: await readKubeconfig(kubeconfig),
    clock: systemClock,
    userAgent: `taffrail/${VERSION}`,
  });
  const order = async (query: string): Promise<PurgeAnswer> => {
    const path = `/apis/taffrail.dev/v1/purges?fieldManager=taffrail-purge${query}`;
    const ask = async (): ReturnType<typeof client.request> =>
      await client.request('POST', path, body, { 'content-type': 'application/json' }, signal);
    return JSON.parse((await askApi(ask, signal)).body.toString()) as PurgeAnswer;
  };
  try {
    const planned = await order('&dryRun=All');
    const what = `${resource}/${name}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
    if (!request.yes) {
      const question = `Erase ${what} (${counted(planned)})? Nothing brings it back.`;
      await confirmed(question, 'a purge asks first: run it on a terminal, or with --yes', signal);
    }
    const done = await order('');
    if (output === 'json') {
      console.log(JSON.stringify(done));
      return;
    }
    console.log(`purged ${what}: ${counted(done)}, at revision ${done.metadata.resourceVersion ?? '?'}`);
    if (!done.status.erased) {
      console.log('its keys are not destroyed yet: that follows as soon as the store of keys answers');
    }
  } finally {
    client.close();
  }
}

function counted({ status: { revisions, incarnations } }: PurgeAnswer): string {
  const many = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
  return `${many(revisions, 'revision')} of ${many(incarnations, 'incarnation')}`;
}
