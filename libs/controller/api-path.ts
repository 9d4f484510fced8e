import type { ResourceName } from './api-client.ts';

/** Path of a collection, or of an object in it when `name` is given, with an optional subresource. */
export function apiPath(resource: ResourceName, namespace: string, name = '', subresource = ''): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === '' ? '' : `/${encodeURIComponent(name)}`;
  const part = subresource === '' ? '' : `/${subresource}`;
  return `${root}${within}/${resource.resource}${object}${part}`;
}

/** A path with its query; an empty query adds nothing. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** One text per resource, for maps: the group and the plural name. Versions of one resource are the same objects. */
export function resourceText(resource: Pick<ResourceName, 'group' | 'resource'>): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}
