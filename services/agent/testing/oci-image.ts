import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';

export interface TarEntry {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink';
  readonly mode?: number;
  readonly body?: Buffer;
  readonly link?: string;
}

export interface BuiltImage {
  /** OCI layout archive as `ctr images import` takes it. */
  readonly archive: Buffer;
  readonly manifest: Buffer;
  readonly blobs: readonly { readonly digest: string; readonly body: Buffer }[];
}

const digestOf = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;

async function tar(entries: readonly TarEntry[]): Promise<Buffer> {
  const stream = pack();
  for (const { name, type = 'file', mode = 0o755, body, link } of entries) {
    const header = { name, type, mode, mtime: new Date(0), ...(link === undefined ? {} : { linkname: link }) };
    stream.entry(header, body ?? Buffer.alloc(0));
  }
  stream.finalize();
  return buffer(stream);
}

/** An image of one layer, without a container engine. */
export async function buildImage(
  reference: string,
  layer: readonly TarEntry[],
  config: Readonly<Record<string, unknown>>,
): Promise<BuiltImage> {
  const layerTar = await tar(layer);
  const compressed = gzipSync(layerTar, { level: 1 });
  const imageConfig = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [digestOf(layerTar)] },
    }),
  );
  const descriptor = (mediaType: string, body: Buffer): object => ({
    mediaType,
    digest: digestOf(body),
    size: body.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor('application/vnd.oci.image.config.v1+json', imageConfig),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', compressed)],
    }),
  );
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
          annotations: { 'io.containerd.image.name': reference },
        },
      ],
    }),
  );
  const blobs = [compressed, imageConfig, manifest].map((body) => ({ digest: digestOf(body), body }));
  const archive = await tar([
    { name: 'oci-layout', mode: 0o644, body: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { name: 'index.json', mode: 0o644, body: index },
    ...blobs.map(({ digest, body }) => ({ name: `blobs/sha256/${digest.slice(7)}`, mode: 0o644, body })),
  ]);
  return { archive, manifest, blobs };
}

/** busybox with a link for each applet; a user `app` (1000) beside root. */
export async function busyboxImage(
  reference: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<BuiltImage> {
  const binary = '/usr/bin/busybox';
  const applets = execFileSync(binary, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const directories = ['bin/', 'etc/', 'dev/', 'proc/', 'sys/', 'root/', 'home/', 'var/', 'var/log/'];
  return buildImage(
    reference,
    [
      ...directories.map((name) => ({ name, type: 'directory' }) as const),
      { name: 'tmp/', type: 'directory', mode: 0o1777 },
      { name: 'bin/busybox', body: readFileSync(binary) },
      ...applets
        .filter((applet) => applet !== 'busybox')
        .map((applet) => ({ name: `bin/${applet}`, type: 'symlink', link: 'busybox' }) as const),
      {
        name: 'etc/passwd',
        mode: 0o644,
        body: Buffer.from('root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home:/bin/sh\n'),
      },
      { name: 'etc/group', mode: 0o644, body: Buffer.from('root:x:0:\napp:x:1000:\n') },
    ],
    { Cmd: ['/bin/sh'], Env: ['PATH=/bin'], WorkingDir: '/', ...config },
  );
}

/** The sandbox image: an x86-64 program that ignores SIGCHLD (so children are reaped) and waits for ever. */
export async function pauseImage(reference: string): Promise<BuiltImage> {
  const code = Buffer.from('b80d000000bf11000000488d351700000031d241ba080000000f05b8220000000f05ebf7', 'hex');
  const body = Buffer.concat([code, Buffer.alloc(40 - code.length), Buffer.from('01'.padEnd(64, '0'), 'hex')]);
  const header = Buffer.alloc(120);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(0x400078n, 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const size = BigInt(header.length + body.length);
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(0x400000n, 80);
  header.writeBigUInt64LE(0x400000n, 88);
  header.writeBigUInt64LE(size, 96);
  header.writeBigUInt64LE(size, 104);
  header.writeBigUInt64LE(4096n, 112);
  return buildImage(reference, [{ name: 'pause', body: Buffer.concat([header, body]) }], { Entrypoint: ['/pause'] });
}
