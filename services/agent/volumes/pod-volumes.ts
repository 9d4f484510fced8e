import { chmod, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Container, Pod, Volume } from '@taffrail/resources/generated/types';
import { ContainerConfigError } from '../containers/config-error.ts';
import { DEFAULT_TERMINATION_MESSAGE_PATH } from '../containers/container-config.ts';
import { expand } from '../containers/expansion.ts';
import type { NodePaths } from '../node/node-paths.ts';
import type { Mount } from '../runtime/port.ts';
import { writeAtomically } from './atomic-writer.ts';
import { makeEmptyDir, mountTargets, unmount } from './empty-dir.ts';
import { checkHostPath } from './host-path.ts';
import { volumeContent, type ContentInput } from './volume-content.ts';
import { VolumeError } from './volume-error.ts';

const PLUGINS = {
  emptyDir: 'kubernetes.io~empty-dir',
  configMap: 'kubernetes.io~configmap',
  secret: 'kubernetes.io~secret',
  projected: 'kubernetes.io~projected',
  downwardAPI: 'kubernetes.io~downward-api',
} as const;

/** Where a volume lies on the node. */
export function volumePath(paths: NodePaths, pod: Pod, volume: Volume): string {
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  for (const [field, plugin] of Object.entries(PLUGINS)) {
    if (volume[field as keyof typeof PLUGINS] !== undefined) {
      return paths.volume(pod.metadata.uid ?? '', plugin, volume.name);
    }
  }
  throw new VolumeError(`volume "${volume.name}" is of a kind that is not supported yet`);
}

/** Prepares (or refreshes) every volume of a pod. Throws VolumeError with Kubernetes' words for the first that cannot be. */
export async function preparePodVolumes(paths: NodePaths, input: ContentInput): Promise<void> {
  const { pod } = input;
  const group = pod.spec?.securityContext?.fsGroup;
  await mkdir(paths.podDirectory(pod.metadata.uid ?? ''), { recursive: true, mode: 0o750 });
  for (const volume of pod.spec?.volumes ?? []) {
    try {
      await prepare(paths, input, volume, group);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
  }
}

async function prepare(
  paths: NodePaths,
  input: ContentInput,
  volume: Volume,
  group: number | undefined,
): Promise<void> {
  const directory = volumePath(paths, input.pod, volume);
  if (volume.hostPath !== undefined) return checkHostPath(volume.hostPath);
  if (volume.emptyDir !== undefined) return makeEmptyDir(directory, volume.emptyDir, group);
  const files = volumeContent(input, volume) ?? [];
  // fsGroup lets the group read what only the owner could.
  const shown =
    group === undefined ? files : files.map((file) => ({ ...file, mode: file.mode | ((file.mode & 0o700) >> 3) }));
  await writeAtomically(directory, shown, group);
}

/** Volumes whose files follow the API: prepared again when an object they show has changed. */
export function hasLiveContent(pod: Pod): boolean {
  return (pod.spec?.volumes ?? []).some(
    ({ configMap, secret, projected, downwardAPI }) => (configMap ?? secret ?? projected ?? downwardAPI) !== undefined,
  );
}

/** The mounts of one container: its volumes, its own /etc/hosts and the file for its last words. */
export async function containerMounts(
  paths: NodePaths,
  pod: Pod,
  container: Container,
  attempt: number,
  environment: ReadonlyMap<string, string>,
): Promise<readonly Mount[]> {
  const volumes = new Map((pod.spec?.volumes ?? []).map((volume) => [volume.name, volume]));
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (volume === undefined) throw new ContainerConfigError(`volume "${mount.name}" of a mount does not exist`);
    const base = volumePath(paths, pod, volume);
    const subPath = mount.subPathExpr === undefined ? mount.subPath : expand(mount.subPathExpr, environment);
    mounts.push({
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath: subPath === undefined || subPath === '' ? base : await subPathOf(base, subPath, volume),
      readonly: mount.readOnly === true || isReadonly(volume),
      propagation: propagation(mount.mountPropagation),
    });
  }
  const uid = pod.metadata.uid ?? '';
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  if (!taken.has('/etc/hosts')) {
    mounts.push({
      containerPath: '/etc/hosts',
      hostPath: paths.hostsFile(uid),
      readonly: false,
      propagation: 'private',
    });
  }
  const messageFile = paths.terminationMessage(uid, container.name, attempt);
  await mkdir(dirname(messageFile), { recursive: true });
  await writeFile(messageFile, '');
  await chmod(messageFile, 0o666);
  const messagePath = container.terminationMessagePath ?? DEFAULT_TERMINATION_MESSAGE_PATH;
  if (messagePath !== '' && !taken.has(messagePath)) {
    mounts.push({ containerPath: messagePath, hostPath: messageFile, readonly: false, propagation: 'private' });
  }
  return mounts;
}

/** Kubernetes mounts what the API owns read-only, whatever the mount says. */
const isReadonly = ({ configMap, secret, projected, downwardAPI }: Volume): boolean =>
  (configMap ?? secret ?? projected ?? downwardAPI) !== undefined;

function propagation(mode: string | undefined): Mount['propagation'] {
  if (mode === 'HostToContainer') return 'host-to-container';
  return mode === 'Bidirectional' ? 'bidirectional' : 'private';
}

/** A path below a volume, which no `..` and no link leads out of. Made when it does not exist. */
async function subPathOf(base: string, subPath: string, volume: Volume): Promise<string> {
  const refuse = (): never => {
    throw new ContainerConfigError(`failed to prepare subPath for volumeMount "${volume.name}" of container`);
  };
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) refuse();
  const root = await realpath(base);
  let path = root;
  for (const part of subPath.split('/').filter((name) => name !== '' && name !== '.')) {
    const next = join(path, part);
    const exists = await stat(next).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? false : Promise.reject(error)),
    );
    if (!exists) await mkdir(next, { mode: 0o755 });
    path = await realpath(next);
    if (path !== root && !path.startsWith(root + sep)) refuse();
  }
  return path;
}

/** Unmounts and removes what a pod left behind. */
export async function removePodDirectory(paths: NodePaths, uid: string): Promise<void> {
  const directory = paths.podDirectory(uid);
  for (const target of (await mountTargets()).toReversed()) {
    if (target.startsWith(directory + sep)) await unmount(target);
  }
  await rm(directory, { recursive: true, force: true });
}
