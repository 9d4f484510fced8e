import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { extract } from 'tar-stream';

/** One image of an archive: the name it carries, and the one Kubernetes will ask for. */
export interface ArchiveImage {
  readonly name: string;
  readonly reference: string;
}

const INDEX_BYTES_MAXIMUM = 4 * 1024 * 1024;

/** Opens an archive, decompressed when it is gzip or zstd. Throws `unavailable` when it cannot be read. */
export function openArchive(file: string): Readable {
  const head = Buffer.alloc(4);
  try {
    const handle = openSync(file, 'r');
    readSync(handle, head, 0, 4, 0);
    closeSync(handle);
  } catch (error) {
    throw new OperatingError('unavailable', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
      retryable: false,
    });
  }
  const stream = createReadStream(file);
  if (head[0] === 0x1f && head[1] === 0x8b) return stream.pipe(createGunzip()).on('error', () => stream.destroy());
  if (head.readUInt32LE(0) === 0xfd2fb528)
    return stream.pipe(createZstdDecompress()).on('error', () => stream.destroy());
  return stream;
}

/**
 * The images in an OCI layout or a docker archive. Throws `protocol` when it is neither, or when an image has no name
 * (then nothing could ever refer to it).
 */
export async function archiveImages(file: string): Promise<readonly ArchiveImage[]> {
  const documents = await readDocuments(file);
  const docker = documents.get('manifest.json');
  const oci = documents.get('index.json');
  if (docker === undefined && oci === undefined) {
    throw new OperatingError('protocol', `${file} is neither an OCI image layout nor a docker archive`);
  }
  const names = oci === undefined ? dockerNames(docker) : ociNames(oci);
  const all = names.length === 0 && docker !== undefined ? dockerNames(docker) : names;
  if (all.length === 0) {
    throw new OperatingError(
      'protocol',
      `no image in ${file} has a name: save it by name ("docker save NAME:TAG"), not by id`,
    );
  }
  return all.map((name) => ({ name, reference: fullReference(name) }));
}

async function readDocuments(file: string): Promise<ReadonlyMap<string, unknown>> {
  const documents = new Map<string, unknown>();
  const unpack = extract();
  unpack.on('entry', (header, stream, next) => {
    const name = header.name.replace(/^\.\//, '');
    stream.once('error', next);
    if (name !== 'manifest.json' && name !== 'index.json') {
      stream.once('end', next);
      stream.resume();
      return;
    }
    if ((header.size ?? 0) > INDEX_BYTES_MAXIMUM) {
      next(new Error(`${name} has ${header.size} bytes`));
      return;
    }
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk as Buffer));
    stream.once('end', () => {
      try {
        documents.set(name, JSON.parse(Buffer.concat(chunks).toString('utf8')));
        next();
      } catch (error) {
        next(error as Error);
      }
    });
  });
  try {
    await pipeline(openArchive(file), unpack);
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    throw new OperatingError('protocol', `${file} is not an image archive: ${messageOf(error)}`, { cause: error });
  }
  return documents;
}

function ociNames(index: unknown): readonly string[] {
  const { manifests } = index as {
    readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
  };
  return (manifests ?? []).flatMap(({ annotations }) => {
    const name = annotations?.['io.containerd.image.name'] ?? annotations?.['org.opencontainers.image.ref.name'];
    // A bare tag ("1.36") is allowed by the layout's specification, but names no image.
    return name !== undefined && /[/:]/.test(name) ? [name] : [];
  });
}

function dockerNames(manifest: unknown): readonly string[] {
  if (!Array.isArray(manifest)) return [];
  return (manifest as readonly { readonly RepoTags?: readonly string[] | null }[]).flatMap(
    ({ RepoTags }) => RepoTags ?? [],
  );
}

/** `busybox:1.36` → `docker.io/library/busybox:1.36`: the form the runtime keeps names in. */
export function fullReference(name: string): string {
  const [first = ''] = name.split('/', 1);
  const hasHost = name.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  const withHost = hasHost ? name : `docker.io/${name.includes('/') ? name : `library/${name}`}`;
  const last = withHost.slice(withHost.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? withHost : `${withHost}:latest`;
}
