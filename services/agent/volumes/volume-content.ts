import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Volume,
  VolumeProjection,
} from '@taffrail/resources/generated/types';
import { podField, resourceField, type NodeFacts } from '../containers/pod-field.ts';
import type { ReferencedObjects } from '../containers/references.ts';
import type { VolumeFile } from './atomic-writer.ts';
import { VolumeError } from './volume-error.ts';

export interface ContentInput {
  readonly pod: Pod;
  readonly objects: ReferencedObjects;
  readonly node: NodeFacts;
  readonly podIps: readonly string[];
  /** A token for the pod's service account; undefined where the API issues none. */
  readonly token: (audience: string | undefined, expirationSeconds: number) => string | undefined;
}

const DEFAULT_MODE = 0o644;

/** The files of a configMap, secret, downwardAPI or projected volume; undefined for another kind. */
export function volumeContent(input: ContentInput, volume: Volume): readonly VolumeFile[] | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) {
    return configMapFiles(input, configMap.name ?? '', configMap, configMap.defaultMode);
  }
  if (secret !== undefined) return secretFiles(input, secret.secretName ?? '', secret, secret.defaultMode);
  if (downwardAPI !== undefined) return downwardFiles(input, downwardAPI.items, downwardAPI.defaultMode);
  if (projected !== undefined) {
    return (projected.sources ?? []).flatMap((source) => projectionFiles(input, source, projected.defaultMode));
  }
  return undefined;
}

function projectionFiles(
  input: ContentInput,
  source: VolumeProjection,
  mode: number | undefined,
): readonly VolumeFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap !== undefined) return configMapFiles(input, configMap.name ?? '', configMap, mode);
  if (secret !== undefined) return secretFiles(input, secret.name ?? '', secret, mode);
  if (downwardAPI !== undefined) return downwardFiles(input, downwardAPI.items, mode);
  if (serviceAccountToken !== undefined) {
    const { audience, expirationSeconds = 3600, path } = serviceAccountToken;
    const token = input.token(audience, expirationSeconds);
    // Without TokenRequest there is no token to show: the file is left out, the rest of the volume is there.
    return token === undefined ? [] : [{ path, content: Buffer.from(token), mode: mode ?? 0o600 }];
  }
  throw new VolumeError('a projected source of this kind is not supported');
}

interface Selection {
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
}

function configMapFiles(
  { pod, objects }: ContentInput,
  name: string,
  selection: Selection,
  mode: number | undefined,
): readonly VolumeFile[] {
  const found = objects.configMap(name);
  if (found === undefined && selection.optional !== true) throw new VolumeError(`configmap "${name}" not found`);
  const entries = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(found?.data ?? {})) entries.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(found?.binaryData ?? {})) entries.set(key, Buffer.from(value, 'base64'));
  return selected(entries, selection, mode, `configmap "${pod.metadata.namespace}/${name}"`);
}

function secretFiles(
  { pod, objects }: ContentInput,
  name: string,
  selection: Selection,
  mode: number | undefined,
): readonly VolumeFile[] {
  const found = objects.secret(name);
  if (found === undefined && selection.optional !== true) throw new VolumeError(`secret "${name}" not found`);
  const entries = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(found?.data ?? {})) entries.set(key, Buffer.from(value, 'base64'));
  return selected(entries, selection, mode, `secret "${pod.metadata.namespace}/${name}"`);
}

function selected(
  entries: ReadonlyMap<string, Buffer>,
  { items, optional }: Selection,
  mode: number | undefined,
  what: string,
): readonly VolumeFile[] {
  const fileMode = mode ?? DEFAULT_MODE;
  if (items === undefined || items.length === 0) {
    return [...entries].map(([path, content]) => ({ path, content, mode: fileMode }));
  }
  return items.flatMap(({ key, path, mode: own }) => {
    const content = entries.get(key);
    if (content !== undefined) return [{ path: safe(path), content, mode: own ?? fileMode }];
    if (optional === true) return [];
    throw new VolumeError(
      `references non-existent ${what.split(' ')[0] === 'secret' ? 'secret' : 'config'} key: ${key}`,
    );
  });
}

function downwardFiles(
  { pod, node, podIps }: ContentInput,
  items: readonly DownwardAPIVolumeFile[] | undefined,
  mode: number | undefined,
): readonly VolumeFile[] {
  return (items ?? []).map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
    const value =
      fieldRef !== undefined
        ? podField(pod, fieldRef, node, podIps)
        : resourceFieldRef !== undefined
          ? resourceField(pod, resourceFieldRef, undefined, node)
          : undefined;
    if (value === undefined) throw new VolumeError(`downwardAPI item ${path} selects nothing that is supported`);
    return { path: safe(path), content: Buffer.from(value), mode: own ?? mode ?? DEFAULT_MODE };
  });
}

/** Paths are validated by the API; a volume never writes outside itself even so. */
function safe(path: string): string {
  if (path.startsWith('/') || path.split('/').includes('..')) throw new VolumeError(`path "${path}" leaves the volume`);
  return path;
}
