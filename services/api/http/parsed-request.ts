/** What a request means, read from its method and URL alone, before anything is looked up. */
export type ParsedRequest = ResourceRequest | PathRequest;

/** The verbs authorization knows. */
export type RequestVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  /** A method that has no meaning where it was used. */
  | 'unsupported';

/** A request below `/api/v1/` or `/apis/{group}/{version}/`. */
export interface ResourceRequest {
  readonly type: 'resource';
  readonly verb: RequestVerb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for cluster scope and for collections over all namespaces. */
  readonly namespace: string;
  /** '' for a collection. */
  readonly name: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  /** What stands behind the subresource (proxy paths), decoded. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

/** Any other request: discovery, health, metrics, version. */
export interface PathRequest {
  readonly type: 'path';
  /** Lower-case method, which is the verb authorization sees. */
  readonly verb: string;
  /** Decoded path segments. */
  readonly segments: readonly string[];
  readonly path: string;
  readonly query: URLSearchParams;
}

const NO_QUERY = new URLSearchParams();

/** Our own group serves no kinds, so what lies below it are plain paths. */
const OWN_GROUP = 'taffrail.dev';

/**
 * Reads method, path and query into a ParsedRequest; undefined when the path is no valid URL path
 * (broken percent-encoding, NUL). Never throws.
 */
export function parseRequest(method: string, path: string, query: string): ParsedRequest | undefined {
  const segments = path.includes('%') ? decodedSegments(path) : splitPath(path);
  if (segments === undefined) return undefined;
  const parameters = query === '' ? NO_QUERY : new URLSearchParams(query);
  const resource = resourceRequest(method, segments, parameters);
  return resource ?? { type: 'path', verb: method.toLowerCase(), segments, path, query: parameters };
}

/** Segments between slashes; empty ones (a trailing or doubled slash) are left out. */
function splitPath(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decodedSegments(path: string): readonly string[] | undefined {
  try {
    const segments = splitPath(path).map((segment) => decodeURIComponent(segment));
    return segments.some((segment) => segment.includes('\0')) ? undefined : segments;
  } catch {
    return undefined;
  }
}

function resourceRequest(
  method: string,
  segments: readonly string[],
  query: URLSearchParams,
): ResourceRequest | undefined {
  const core = segments[0] === 'api';
  if (!core && segments[0] !== 'apis') return undefined;
  const group = core ? '' : (segments[1] ?? '');
  const version = segments[core ? 1 : 2];
  let parts = segments.slice(core ? 2 : 3);
  if (version === undefined || parts.length === 0) return undefined;
  // Most of our own paths are no resources: history, transactions.
  if (group === OWN_GROUP && parts[0] !== 'purges') return undefined;

  // `/api/v1/watch/…` is the old spelling of `?watch=true`.
  const oldWatch = parts[0] === 'watch' && parts.length > 1;
  if (oldWatch) parts = parts.slice(1);

  const place = placeOf(parts);
  const verb = verbOf(method, place.name, oldWatch || isTrue(query.get('watch')));
  return { type: 'resource', verb, group, version, ...place, query };
}

type Place = Pick<ResourceRequest, 'resource' | 'namespace' | 'name' | 'subresource' | 'rest'>;

function placeOf(parts: readonly string[]): Place {
  const [first = '', second = '', third = ''] = parts;
  // namespaces/{name}/status and /finalize are subresources of the namespace; anything else lies inside it.
  const inside = first === 'namespaces' && parts.length > 2 && third !== 'status' && third !== 'finalize';
  if (!inside) {
    return {
      resource: first,
      namespace: first === 'namespaces' ? second : '',
      name: second,
      subresource: third,
      rest: parts.slice(3),
    };
  }
  const [resource = '', name = '', subresource = '', ...rest] = parts.slice(2);
  return { resource, namespace: second, name, subresource, rest };
}

function verbOf(method: string, name: string, watch: boolean): RequestVerb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watch) return 'watch';
      return name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return 'unsupported';
  }
}

/** Reads a boolean query parameter as Kubernetes does: present and neither `0` nor `false` is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
