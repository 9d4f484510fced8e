import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, OperatingError } from '@taffrail/platform/failure';

/** What a kubeconfig's YAML holds: texts (never numbers or booleans), maps and lists. */
export type KubeconfigNode = string | readonly KubeconfigNode[] | KubeconfigMap;
export interface KubeconfigMap {
  readonly [name: string]: KubeconfigNode;
}

/** How to reach and speak to an API server, as one context of a kubeconfig says. PEM texts, not files. */
export interface KubeconfigAccess {
  readonly context: string;
  readonly user: string;
  /** Namespace the context works in; '' when it names none. */
  readonly namespace: string;
  readonly server: string;
  readonly certificateAuthority?: string;
  /** Name to check in the server's certificate instead of the one in the URL. */
  readonly tlsServerName?: string;
  readonly skipsTlsVerification: boolean;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly token?: string;
}

/**
 * Reads one context of a kubeconfig, the current one unless another is named. Files it points to are read as well,
 * relative to its own directory.
 *
 * Throws OperatingError: `permission` for a file that cannot be read, `protocol` for one that makes no sense.
 */
export async function readKubeconfig(file: string, contextName?: string): Promise<KubeconfigAccess> {
  return await kubeconfigAccess(await parseKubeconfig(file), file, contextName);
}

/** The same of a kubeconfig that was read already; `file` says where from. */
export async function kubeconfigAccess(
  config: KubeconfigMap,
  file: string,
  contextName?: string,
): Promise<KubeconfigAccess> {
  const name = contextName ?? text(config['current-context']);
  if (name === undefined) throw malformed(file, 'no current-context');
  const context = entry(config, 'contexts', 'context', name);
  if (context === undefined) throw malformed(file, `no context "${name}"`);
  const clusterName = text(context['cluster']) ?? '';
  const cluster = entry(config, 'clusters', 'cluster', clusterName);
  if (cluster === undefined) throw malformed(file, `no cluster "${clusterName}"`);
  const userName = text(context['user']) ?? '';
  const user = entry(config, 'users', 'user', userName) ?? {};
  for (const login of ['exec', 'auth-provider']) {
    if (user[login] !== undefined)
      throw malformed(file, `user "${userName}" logs in by ${login}, which only kubectl can`);
  }
  const server = text(cluster['server']);
  if (server === undefined || !URL.canParse(server))
    throw malformed(file, `cluster "${clusterName}" has no server URL`);

  const directory = path.dirname(file);
  const certificateAuthority = await pemOf(cluster, 'certificate-authority', directory);
  const clientCertificate = await pemOf(user, 'client-certificate', directory);
  const clientKey = await pemOf(user, 'client-key', directory);
  const tokenFile = text(user['tokenFile']);
  const token =
    text(user['token']) ??
    (tokenFile === undefined ? undefined : (await read(path.resolve(directory, tokenFile))).trim());
  const tlsServerName = text(cluster['tls-server-name']);
  return {
    context: name,
    user: userName,
    namespace: text(context['namespace']) ?? '',
    server,
    skipsTlsVerification: text(cluster['insecure-skip-tls-verify']) === 'true',
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(token === undefined ? {} : { token }),
  };
}

/** A kubeconfig's structure; scalars are texts. */
export async function parseKubeconfig(file: string): Promise<KubeconfigMap> {
  const source = await read(file);
  const parsed = source.startsWith('{') ? parseJson(file, source) : await parseYaml(file, source);
  if (!isMap(parsed)) throw malformed(file, 'not a kubeconfig');
  return parsed;
}

/** What `writeKubeconfig` makes for our own components, so that a service need not load a YAML parser (14 MB). */
function parseJson(file: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (thrown) {
    throw malformed(file, messageOf(thrown));
  }
}

async function parseYaml(file: string, source: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(source, { schema: 'failsafe' });
  } catch (thrown) {
    throw malformed(file, messageOf(thrown));
  }
}

/** The entry of a name in `clusters`, `contexts` or `users`. */
export function entry(config: KubeconfigMap, list: string, member: string, name: string): KubeconfigMap | undefined {
  const entries = config[list];
  if (!Array.isArray(entries)) return undefined;
  const found = (entries as readonly KubeconfigNode[]).find(
    (candidate) => isMap(candidate) && candidate['name'] === name,
  );
  const value = isMap(found) ? found[member] : undefined;
  return isMap(value) ? value : undefined;
}

async function pemOf(holder: KubeconfigMap, name: string, directory: string): Promise<string | undefined> {
  const data = text(holder[`${name}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = text(holder[name]);
  return file === undefined ? undefined : read(path.resolve(directory, file));
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new OperatingError('permission', `cannot read ${file}: ${code}`, { cause });
  }
}

function text(value: KubeconfigNode | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isMap(value: unknown): value is KubeconfigMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(file: string, why: string): OperatingError {
  return new OperatingError('protocol', `kubeconfig ${file}: ${why}`, { retryable: false });
}
