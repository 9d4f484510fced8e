import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ociArchive, type LayerEntry } from '../../services/cli/image/oci-archive.ts';

const BUSYBOX = '/bin/busybox';

/** An image from the distribution's static busybox, under each of the given names, in one OCI archive. */
export async function writeBusyboxArchive(file: string, names: readonly string[]): Promise<void> {
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const text = (name: string, content: string): LayerEntry => ({ name, mode: 0o644, content: Buffer.from(content) });
  const entries: readonly LayerEntry[] = [
    ...['bin/', 'etc/', 'dev/', 'proc/', 'sys/', 'root/', 'var/'].map((name) => ({ name, mode: 0o755 })),
    { name: 'tmp/', mode: 0o1777 },
    { name: 'bin/busybox', mode: 0o755, content: readFileSync(BUSYBOX) },
    ...applets.filter((name) => name !== 'busybox').map((name) => ({ name: `bin/${name}`, linkTo: 'busybox' })),
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
    text('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
  ];
  const config = { Cmd: ['sh'], Env: ['PATH=/bin'], WorkingDir: '/' };
  const spec = { architecture: process.arch, entries, config };
  await writeFile(file, await ociArchive(names.map((name) => ({ ...spec, name }))));
}
