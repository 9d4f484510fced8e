import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { eventually } from './kubectl.ts';
import { freePort } from '@taffrail/embedded/free-port';

/** An image registry on loopback, the distribution's own. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands in an image's name. */
  readonly address: string;
}

/** Starts docker-registry with its images below `parent`, and resolves when it answers. */
export async function startRegistry(parent: string): Promise<Registry> {
  const directory = mkdtempSync(path.join(parent, 'registry-'));
  const port = await freePort();
  const config = path.join(directory, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${directory}}}\nhttp: {addr: "127.0.0.1:${port}"}\n`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  const answers = (): Promise<true | undefined> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => socket.end(() => resolve(true)));
      socket.once('error', () => resolve(undefined));
    });
  await Promise.race([eventually('the registry to answer', answers), ended]);
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
