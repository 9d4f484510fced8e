import { messageOf } from '@taffrail/platform/failure';
import type { Node } from '@taffrail/resources/generated/types';
import type { ApiProbe } from '../api-probe.ts';

/** What a node still lacks to be Ready; `undefined` when it is. */
export async function nodeReadiness(api: ApiProbe, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { status, body } = await api.get(`/api/v1/nodes/${name}`, signal);
    if (status === 404) return `node ${name} has not registered yet`;
    if (status !== 200) return `the API server answers ${status}`;
    const ready = (JSON.parse(body) as Node).status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return undefined;
    return `node ${name} is not Ready: ${ready?.message ?? 'it has not reported yet'}`;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}
