import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer, type MemoryServer } from '../../services/api/testing/memory-server.ts';
import { run } from './kubectl.ts';

/* Debian's client for Python. It is installed when that is allowed; where it cannot be, nothing is shown, and that is said. */

const PYTHON = '/usr/bin/python3';
const PACKAGE = 'python3-kubernetes';

function isInstalled(): boolean {
  return spawnSync(PYTHON, ['-c', 'import kubernetes']).status === 0;
}

function installed(): boolean {
  if (isInstalled()) return true;
  const isRoot = process.getuid?.() === 0;
  if (isRoot) spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', PACKAGE], { stdio: 'ignore' });
  if (isInstalled()) return true;
  console.warn(
    `NOT RUN: ${PACKAGE} is not installed${isRoot ? ' and could not be' : ', and only root may install it'}`,
  );
  return false;
}

let server: MemoryServer;

describe.skipIf(!installed())('the Python client', () => {
  beforeAll(async () => {
    server = await memoryServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('lists, watches, creates, and elects another leader when one dies', async () => {
    const script = path.join(import.meta.dirname, 'python-client.py');
    const { code, stdout, stderr } = await run(PYTHON, [script, server.kubeconfigFile]);
    const lines = stdout.split('\n').filter((line) => !line.startsWith('INFO'));
    expect(code, stderr).toBe(0);
    expect(lines).toEqual(
      expect.arrayContaining(['namespaces True', 'ADDED 1', 'MODIFIED 2', 'DELETED 2', 'read after deletion 404']),
    );
    const election = lines.filter((line) => /leads$|waits|took over/.test(line) && !line.includes('no longer'));
    expect(election).toEqual(['first leads', 'second waits', 'second leads', 'took over']);
  });
});
