import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** One file of a layer. Directories end with `/`; a link names its target. */
export interface LayerEntry {
  readonly name: string;
  readonly mode?: number;
  readonly content?: Buffer;
  readonly linkTo?: string;
}

export interface ImageSpec {
  /** Full reference, e.g. `docker.io/library/busybox:1.36`. */
  readonly name: string;
  /** As Node names it; the image says it as Go does. */
  readonly architecture: string;
  readonly entries: readonly LayerEntry[];
  /** `config` of the OCI image configuration: Entrypoint, Cmd, Env, User, … */
  readonly config: Readonly<Record<string, unknown>>;
}

const EPOCH = new Date(0);
const GO_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** An OCI image layout as one tar, with an image of one layer per spec. The same input gives the same bytes. */
export async function ociArchive(specs: readonly ImageSpec[]): Promise<Buffer> {
  const blobs = new Map<string, Buffer>();
  const addBlob = (content: Buffer): string => {
    const digest = sha256(content);
    blobs.set(digest, content);
    return `sha256:${digest}`;
  };
  const manifests = [];
  for (const spec of specs) {
    const layer = await tar(spec.entries);
    const compressed = gzipSync(layer, { level: 6 });
    const platform = { architecture: GO_ARCHITECTURE[spec.architecture] ?? spec.architecture, os: 'linux' };
    const config = json({
      ...platform,
      config: spec.config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    });
    const manifest = json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: addBlob(config),
        size: config.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: addBlob(compressed),
          size: compressed.length,
        },
      ],
    });
    manifests.push({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: addBlob(manifest),
      size: manifest.length,
      annotations: { 'io.containerd.image.name': spec.name, 'org.opencontainers.image.ref.name': spec.name },
      platform,
    });
  }
  const index = json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests });
  return tar([
    { name: 'oci-layout', mode: 0o644, content: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', mode: 0o644, content: index },
    { name: 'blobs/', mode: 0o755 },
    { name: 'blobs/sha256/', mode: 0o755 },
    ...[...blobs].map(([digest, content]) => ({ name: `blobs/sha256/${digest}`, mode: 0o644, content })),
  ]);
}

async function tar(entries: readonly LayerEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, mode, content, linkTo } of entries) {
    if (linkTo !== undefined) archive.entry({ name, type: 'symlink', linkname: linkTo, mode: 0o777, mtime: EPOCH });
    else if (name.endsWith('/')) archive.entry({ name, type: 'directory', mode: mode ?? 0o755, mtime: EPOCH });
    else archive.entry({ name, mode: mode ?? 0o755, mtime: EPOCH }, content ?? Buffer.alloc(0));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
