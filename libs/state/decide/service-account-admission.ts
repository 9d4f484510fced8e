import { nameSuffix, type Random } from '@taffrail/platform/random';
import { forbidden, type Rejection } from '@taffrail/machinery/rejection';
import {
  cloneJson,
  isJsonObject,
  type JsonObject,
  type MutableJson,
  type MutableJsonObject,
} from '@taffrail/resources/json';
import type { Target } from '../command.ts';
import type { StateView } from '../state-view.ts';
import { targetOf } from './drafting.ts';
import { metadataOf, textOf, type WorkingObject } from './metadata.ts';

const SERVICE_ACCOUNTS = { group: '', resource: 'serviceaccounts' } as const;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const VOLUME_PREFIX = 'kube-api-access-';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds: the value by which Kubernetes tells tokens it mounted by itself. */
const TOKEN_SECONDS = 3607;
const FILE_MODE = 0o644;

/** Gives a new pod its service account, the account's pull secrets and the volume with its token. In place. */
export function admitServiceAccount(
  cluster: StateView,
  target: Target,
  pod: WorkingObject,
  spec: MutableJsonObject,
  random: Random,
): Rejection | undefined {
  const metadata = metadataOf(pod);
  if (isJsonObject(metadata['annotations']) && Object.hasOwn(metadata['annotations'], MIRROR_ANNOTATION))
    return undefined;
  const accountName = textOf(spec, 'serviceAccountName') || textOf(spec, 'serviceAccount') || 'default';
  spec['serviceAccountName'] = accountName;
  spec['serviceAccount'] = accountName;
  const account = cluster.get(SERVICE_ACCOUNTS, target.namespace, accountName);
  if (account === undefined) {
    return forbidden(
      targetOf(target, textOf(metadata, 'name')),
      `error looking up service account ${target.namespace}/${accountName}: serviceaccount "${accountName}" not found`,
    );
  }
  const contents = account.contents();
  if (automounts(spec, contents)) mountToken(spec, random);
  const secrets = contents['imagePullSecrets'];
  if (listOf(spec, 'imagePullSecrets').length === 0 && Array.isArray(secrets) && secrets.length > 0) {
    spec['imagePullSecrets'] = cloneJson(secrets);
  }
  return undefined;
}

function automounts(spec: JsonObject, account: JsonObject): boolean {
  const wish = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'];
  return wish !== false;
}

function mountToken(spec: MutableJsonObject, random: Random): void {
  const volumes = listOf(spec, 'volumes');
  const present = volumes
    .map((volume) => (isJsonObject(volume) ? textOf(volume, 'name') : ''))
    .find((name) => name.startsWith(VOLUME_PREFIX));
  const name = present ?? VOLUME_PREFIX + nameSuffix(random);
  let mounted = false;
  for (const field of ['initContainers', 'containers']) {
    for (const container of listOf(spec, field)) {
      if (isJsonObject(container) && mountInto(container, name)) mounted = true;
    }
  }
  if (mounted && present === undefined) spec['volumes'] = [...volumes, tokenVolume(name)];
}

/** A container that mounts something there itself is left alone. */
function mountInto(container: MutableJsonObject, name: string): boolean {
  const mounts = listOf(container, 'volumeMounts');
  if (mounts.some((mount) => isJsonObject(mount) && textOf(mount, 'mountPath') === MOUNT_PATH)) return false;
  container['volumeMounts'] = [...mounts, { name, readOnly: true, mountPath: MOUNT_PATH }];
  return true;
}

function tokenVolume(name: string): MutableJsonObject {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: FILE_MODE,
    },
  };
}

function listOf(object: MutableJsonObject, name: string): MutableJson[] {
  const value = object[name];
  return Array.isArray(value) ? value : [];
}
