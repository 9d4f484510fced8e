/** How a proxied object is named in a URL: `name`, `name:port` or `scheme:name:port`. */
export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number, the name of a port, or ''. */
  readonly port: string;
}

/** Reads such a name; undefined when it is none. */
export function parseProxyName(text: string): ProxyName | undefined {
  const parts = text.split(':');
  if (parts.length > 3) return undefined;
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (name === '' || (parts.length === 3 && !['', 'http', 'https'].includes(scheme))) return undefined;
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}

/** Where a proxy's own path ends and the target's begins. */
export interface ProxyPath {
  /** E.g. `/api/v1/nodes/n/proxy`. */
  readonly prefix: string;
  /** What is asked of the target, percent-encoded as it was sent; '' when nothing follows the prefix. */
  readonly rest: string;
}

/** Splits the path of a request to a `proxy` subresource; undefined when it has another form. */
export function parseProxyPath(path: string): ProxyPath | undefined {
  const match = /^(.*?\/api\/v1\/(?:namespaces\/[^/]+\/)?[^/]+\/[^/]+\/proxy)(\/.*)?$/.exec(path);
  return match === null ? undefined : { prefix: match[1] ?? '', rest: match[2] ?? '' };
}
