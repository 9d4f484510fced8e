import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, describe, expect, it } from 'vitest';
import { archiveImages, fullReference } from './archive-names.ts';
import { ociArchive } from './oci-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'archive-names-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function tarOf(documents: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(documents)) archive.entry({ name }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const image = (name: string): Parameters<typeof ociArchive>[0][number] => ({
  name,
  architecture: 'x64',
  entries: [{ name: 'hello', content: Buffer.from('hello') }],
  config: {},
});

describe('archiveImages', () => {
  it('names every image of an OCI layout, whatever it is compressed with', async () => {
    const archive = await ociArchive([image('registry.local/a:1'), image('busybox:1.36')]);
    const expected = [
      { name: 'registry.local/a:1', reference: 'registry.local/a:1' },
      { name: 'busybox:1.36', reference: 'docker.io/library/busybox:1.36' },
    ];
    await expect(archiveImages(file('a.tar', archive))).resolves.toEqual(expected);
    await expect(archiveImages(file('a.tgz', gzipSync(archive)))).resolves.toEqual(expected);
    await expect(archiveImages(file('a.tar.zst', zstdCompressSync(archive)))).resolves.toEqual(expected);
  });

  it('names the images of a docker archive', async () => {
    const archive = await tarOf({
      'manifest.json': JSON.stringify([{ RepoTags: ['web:1', 'web:2'] }, { RepoTags: ['localhost:5000/x'] }]),
    });
    const images = await archiveImages(file('docker.tar', archive));
    expect(images.map(({ reference }) => reference)).toEqual([
      'docker.io/library/web:1',
      'docker.io/library/web:2',
      'localhost:5000/x:latest',
    ]);
  });

  it('refuses images without a name, and says how to save them with one', async () => {
    const nameless = await tarOf({ 'manifest.json': JSON.stringify([{ RepoTags: null }]) });
    await expect(archiveImages(file('nameless.tar', nameless))).rejects.toMatchObject({
      code: 'protocol',
      message: expect.stringMatching(/no image .* has a name.*docker save/) as unknown,
    });
    const tagOnly = await tarOf({
      'index.json': JSON.stringify({ manifests: [{ annotations: { 'org.opencontainers.image.ref.name': '1.36' } }] }),
    });
    await expect(archiveImages(file('tag.tar', tagOnly))).rejects.toThrow(/has a name/);
  });

  it('refuses files that are no archive, truncated, or archives of something else', async () => {
    const truncated = gzipSync(await ociArchive([image('a:1')])).subarray(0, 200);
    const cases: readonly (readonly [string, Buffer, RegExp])[] = [
      ['text.tar', Buffer.from('hello'.repeat(300)), /not an image archive|neither/],
      ['empty.tar', Buffer.alloc(0), /neither/],
      ['truncated.tgz', truncated, /not an image archive|neither/],
      ['other.tar', await tarOf({ 'README.md': 'hello' }), /neither/],
      ['broken.tar', await tarOf({ 'index.json': '{' }), /not an image archive/],
    ];
    for (const [name, content, message] of cases) {
      await expect(archiveImages(file(name, content)), name).rejects.toThrow(message);
    }
    await expect(archiveImages(join(directory, 'missing.tar'))).rejects.toThrow(/cannot be read/);
  });
});

describe('fullReference', () => {
  it('completes names as the runtime keeps them', () => {
    expect(fullReference('busybox')).toBe('docker.io/library/busybox:latest');
    expect(fullReference('me/web:2')).toBe('docker.io/me/web:2');
    expect(fullReference('127.0.0.1:5000/a/b')).toBe('127.0.0.1:5000/a/b:latest');
    expect(fullReference('ghcr.io/a/b@sha256:00')).toBe('ghcr.io/a/b@sha256:00');
  });
});
