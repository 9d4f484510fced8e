import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { findExecutable } from '@taffrail/embedded/executable';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { openArchive, type ArchiveImage } from './archive-names.ts';

/** Imports an archive into a node's containerd under the names Kubernetes asks for. Throws `runtime` with what it said. */
export async function importArchive(socket: string, file: string, images: readonly ArchiveImage[]): Promise<void> {
  const ctr = findExecutable('ctr');
  if (ctr === undefined) throw new OperatingError('missing-dependency', 'ctr is not installed (Debian: containerd)');
  const connection = ['-a', socket, '-n', 'k8s.io', 'images'];
  await execute(ctr, [...connection, 'import', '-'], file);
  for (const { name, reference } of images) {
    if (name !== reference) await execute(ctr, [...connection, 'tag', '--force', name, reference]);
  }
}

async function execute(command: string, args: readonly string[], input?: string): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'], env: childEnvironment() });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  let broken: unknown;
  if (input === undefined) child.stdin.end();
  else await pipeline(openArchive(input), child.stdin).catch((error: unknown) => (broken = error)); // it may end before it read everything
  const code = await ended;
  if (code === 0 && broken === undefined) return;
  const said = Buffer.concat(errors).toString('utf8').trim().split('\n').at(-1);
  throw new OperatingError('runtime', `the image could not be imported: ${said ?? `ctr exited with ${code}`}`, {
    cause: broken,
  });
}
