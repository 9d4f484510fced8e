import type { NamedObject } from './named-object.ts';

/** What a command about the past is about: one object, a kind's objects, or everything, in a namespace or everywhere. */
export interface AskedScope {
  readonly named?: NamedObject;
  /** Undefined for all namespaces; not looked at for what lies in none. */
  readonly namespace: string | undefined;
}

/** The path of a scope behind a question, e.g. `/history/apps/deployments/namespaces/shop/web`. */
export function scopePath(question: string, { named, namespace }: AskedScope): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  if (named === undefined) return `/${question}${within}`;
  const { group, resource, namespaced } = named.definition;
  const name = named.name === '' ? '' : `/${encodeURIComponent(named.name)}`;
  return `/${question}/${group === '' ? 'core' : group}/${resource}${namespaced ? within : ''}${name}`;
}
