import { isJsonObject } from '@taffrail/resources/json';
import type { Pod } from '@taffrail/resources/generated/types';
import type { PullCredentials } from '../runtime/port.ts';
import type { ReferencedObjects } from './references.ts';

/** Registry host of a reference; Docker Hub's where it names none. */
export function registryOf(image: string): string {
  const first = image.split('/')[0] ?? '';
  const isHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'index.docker.io';
}

/** Credentials of a pod's imagePullSecrets for an image, in their order; empty for anonymous. */
export function pullCredentials(pod: Pod, image: string, objects: ReferencedObjects): readonly PullCredentials[] {
  const registry = registryOf(image);
  return (pod.spec?.imagePullSecrets ?? []).flatMap(({ name = '' }) => {
    const data = objects.secret(name)?.data ?? {};
    const modern = data['.dockerconfigjson'];
    const entries = modern === undefined ? parsed(data['.dockercfg']) : parsed(modern)['auths'];
    if (!isJsonObject(entries)) return [];
    return Object.entries(entries).flatMap(([server, entry]) => {
      if (hostOf(server) !== registry && !(registry === 'index.docker.io' && hostOf(server) === 'docker.io')) return [];
      return isJsonObject(entry) ? credentialsOf(entry, server) : [];
    });
  });
}

const hostOf = (server: string): string => server.replace(/^https?:\/\//, '').split('/')[0] ?? '';

function parsed(base64: string | undefined): Readonly<Record<string, unknown>> {
  if (base64 === undefined) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64').toString());
    return isJsonObject(value) ? value : {};
  } catch {
    // Not JSON: the secret holds no credentials anyone could use; the registry's refusal says so.
    return {};
  }
}

function credentialsOf(entry: Readonly<Record<string, unknown>>, serverAddress: string): readonly PullCredentials[] {
  const { auth, username, password } = entry;
  if (typeof username === 'string' && typeof password === 'string') return [{ username, password, serverAddress }];
  if (typeof auth !== 'string') return [];
  const [user = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':');
  return [{ username: user, password: rest.join(':'), serverAddress }];
}
