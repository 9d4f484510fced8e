import { parseDocument, isMap, isSeq, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { OperatingError } from '@taffrail/platform/failure';

export interface PastContext {
  /** Name of the new context and of the cluster entry behind it. */
  readonly name: string;
  /** What stands behind the server's address: `/at/<moment>`. */
  readonly path: string;
  /** Makes it the current context. */
  readonly use: boolean;
}

export interface WithPastContext {
  readonly text: string;
  readonly server: string;
}

/**
 * A kubeconfig's text with one more context: that of its current context, at a past moment. User, namespace and everything
 * said about the cluster are taken over; what else stands in the file stays as it is written. Throws OperatingError
 * `protocol` for a file without a usable current context, `address-in-use` for a name that is another's.
 */
export function withPastContext(source: string, { name, path, use }: PastContext): WithPastContext {
  const document = parseDocument(source, { schema: 'failsafe' });
  if (document.errors.length > 0) throw unusable('it is no YAML');
  const current = textOf(document, 'current-context');
  const context = found(document, 'contexts', current);
  const base = inner(context, 'context', current);
  const cluster = found(document, 'clusters', textIn(base, 'cluster'));
  const settings = inner(cluster, 'cluster', textIn(base, 'cluster'));
  const server = `${presentServer(textIn(settings, 'server'))}${path}`;
  requireFree(document, name);

  const pastCluster = document.createNode({ name, cluster: { ...(settings.toJSON() as object), server } });
  const pastContext = document.createNode({ name, context: { ...(base.toJSON() as object), cluster: name } });
  put(document, 'clusters', name, pastCluster);
  put(document, 'contexts', name, pastContext);
  if (use) document.set('current-context', name);
  return { text: document.toString({ lineWidth: 0 }), server };
}

/** Everything but the one context, for a kubeconfig of its own. */
export function alone(text: string, name: string): string {
  const document = parseDocument(text, { schema: 'failsafe' });
  const user = textIn(inner(found(document, 'contexts', name), 'context', name), 'user');
  for (const [list, kept] of [
    ['clusters', name],
    ['contexts', name],
    ['users', user],
  ] as const) {
    const items = listOf(document, list);
    items.items = items.items.filter((item) => item.get('name') === kept);
  }
  document.set('current-context', name);
  return document.toString({ lineWidth: 0 });
}

/** A server's address without a moment: contexts of the past are made of the present. */
export function presentServer(server: string): string {
  return server.replace(/\/at\/[^/]*\/?$/, '').replace(/\/$/, '');
}

/** A name that stands for a past moment may be given again, that of a context of the user's own not. */
function requireFree(document: Document, name: string): void {
  const taken = listOf(document, 'contexts').items.find((item) => item.get('name') === name);
  if (taken === undefined) return;
  const cluster = textIn(inner(taken, 'context', name), 'cluster');
  const settings = inner(found(document, 'clusters', cluster), 'cluster', cluster);
  if (/\/at\/[^/]*\/?$/.test(textIn(settings, 'server'))) return;
  throw new OperatingError(
    'address-in-use',
    `there is a context "${name}" already, and it is none of a past moment: choose another name with --context`,
  );
}

function put(document: Document, list: string, name: string, node: unknown): void {
  const items = listOf(document, list);
  const at = items.items.findIndex((item) => item.get('name') === name);
  if (at === -1) items.items.push(node as YAMLMap);
  else items.items[at] = node as YAMLMap;
}

function found(document: Document, list: string, name: string): YAMLMap {
  const item = listOf(document, list).items.find((one) => one.get('name') === name);
  if (item === undefined) throw unusable(`it has no ${list.slice(0, -1)} "${name}"`);
  return item;
}

function listOf(document: Document, list: string): YAMLSeq<YAMLMap> {
  const items: unknown = document.get(list);
  if (!isSeq(items) || !items.items.every((item) => isMap(item))) throw unusable(`it has no ${list}`);
  return items as YAMLSeq<YAMLMap>;
}

function inner(item: YAMLMap, member: string, name: string): YAMLMap {
  const value: unknown = item.get(member);
  if (!isMap(value)) throw unusable(`its ${member} "${name}" is empty`);
  return value;
}

function textIn(map: YAMLMap, name: string): string {
  const value: unknown = map.get(name);
  return typeof value === 'string' ? value : '';
}

function textOf(document: Document, name: string): string {
  const value: unknown = document.get(name);
  if (typeof value !== 'string' || value === '') throw unusable(`it has no ${name}`);
  return value;
}

function unusable(why: string): OperatingError {
  return new OperatingError('protocol', `the kubeconfig cannot be used: ${why}`, { retryable: false });
}
