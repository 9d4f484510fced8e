import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '@taffrail/controller/api-client';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { freePort } from '@taffrail/embedded/free-port';
import { readExportFile } from '@taffrail/log/export-file';
import { readKeyFile } from '@taffrail/log/key-file';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { uid as uidOf } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LAUNCHER = resolve(import.meta.dirname, '../../../taffrail');
const VALUE = 'planted-value-of-a-secret-41c9';
const ENCODED = Buffer.from(VALUE).toString('base64');
/** Stands in an object that is not encrypted: a search that does not find it finds nothing at all. */
const CONTROL = 'planted-value-in-clear-88f2';

let root: string;
let dataDir: string;
let client: ApiClient | undefined;
const at = (name: string): string => join(root, name);

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function taffrail(...args: readonly string[]): Promise<Result> {
  return new Promise((done) => {
    const env = { ...process.env, TAFFRAIL_DATA_DIR: dataDir };
    execFile(LAUNCHER, [...args], { env, cwd: tmpdir(), timeout: 240_000 }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

async function up(): Promise<Result> {
  const port = String(await freePort());
  const args = ['--detach', '--runtime', 'simulated', '--port', port, '--encrypt', 'configmaps'];
  const result = await taffrail('up', ...args);
  if (result.code === 0) {
    client?.close();
    client = httpApiClient({
      endpoint: await readKubeconfig(join(dataDir, 'kubeconfig')),
      clock: systemClock,
      userAgent: 'test',
    });
  }
  return result;
}

async function ask(
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  if (client === undefined) throw new Error('no cluster runs');
  const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const answer = await client.request(method, path, sent, headers, AbortSignal.timeout(60_000));
  return { status: answer.status, text: answer.body.toString() };
}

/** The files below a directory that hold any of these bytes. */
function holding(directory: string, ...needles: readonly (string | Buffer)[]): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return needles.some((needle) => bytes.includes(needle));
    });
}

/** Whether an export holds any of these, in its blocks as they are before compression. */
async function exportHolds(file: string, ...needles: readonly string[]): Promise<boolean> {
  for await (const { head, bytes } of readExportFile(file)) {
    if (needles.some((needle) => bytes.includes(needle) || JSON.stringify(head).includes(needle))) return true;
  }
  return false;
}

const SECRETS = '/api/v1/namespaces/default/secrets';
const HISTORY = '/apis/taffrail.dev/v1/history/core/secrets/namespaces/default';

describe.runIf(process.platform === 'linux')('a Secret in a real cluster', () => {
  let uid: string;
  let wrapped: Uint8Array;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'taffrail-erasure-'));
    dataDir = at('data');
    const started = await up();
    expect(started.code, started.stderr).toBe(0);
  });
  afterAll(async () => {
    client?.close();
    await taffrail('down');
    rmSync(root, { recursive: true, force: true });
  });

  it('is read in clear by whoever may read it, now and in the past', async () => {
    const secret = (name: string): object => ({
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': VALUE } },
      data: { password: ENCODED },
    });
    const created = await ask('POST', SECRETS, secret('db'));
    expect(created.status).toBe(201);
    ({ uid } = (JSON.parse(created.text) as { metadata: { uid: string } }).metadata);
    expect((await ask('PATCH', `${SECRETS}/db`, { stringData: { more: `${VALUE}-more` } })).status).toBe(200);
    await ask('POST', SECRETS, secret('deleted'));
    await ask('DELETE', `${SECRETS}/deleted`);
    await ask('POST', SECRETS, secret('kept'));
    await ask('POST', '/api/v1/namespaces/default/configmaps', {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'declared' },
      data: { value: VALUE },
    });
    await ask('PATCH', '/api/v1/namespaces/default', { metadata: { annotations: { control: CONTROL } } });
    // A refusal and a bad request say nothing of what was sent either.
    expect((await ask('POST', SECRETS, { ...secret('db') })).status).toBe(409);
    const bad = await ask('POST', SECRETS, {
      ...secret('bad'),
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': ENCODED },
    });
    expect(bad.status).toBe(422);
    expect(bad.text).not.toContain(VALUE);

    expect((await ask('GET', `${SECRETS}/db`)).text).toContain(ENCODED);
    const history = await ask('GET', `${HISTORY}/db`);
    expect(history.status).toBe(200);
    expect(history.text).toContain('"updated"');
    const shown = await taffrail('history', 'secret/db');
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).not.toContain(VALUE);
    expect(shown.stdout).not.toContain(ENCODED);
    const { resourceVersion } = (JSON.parse(created.text) as { metadata: { resourceVersion: string } }).metadata;
    expect((await ask('GET', `/at/${resourceVersion}${SECRETS}/db`)).text).toContain(ENCODED);
  });

  it('stands in clear in no file of the cluster, nor in a backup or an export', async () => {
    for (const [command, file] of [
      [['backup'], 'before.backup'],
      [['log', 'export'], 'before.export'],
    ] as const) {
      const written = await taffrail(...command, at(file));
      expect(written.code, written.stderr).toBe(0);
      expect(await exportHolds(at(file), CONTROL), file).toBe(true);
      expect(await exportHolds(at(file), VALUE, ENCODED), file).toBe(false);
    }
    const verified = await taffrail('log', 'verify', at('before.export'));
    expect(verified.code, verified.stderr).toBe(0);
    await delay(1_000); // let Postgres write what it has
    const found = holding(dataDir, CONTROL);
    expect(found.some((file) => file.includes('/nats/'))).toBe(true);
    expect(found.some((file) => file.includes('/postgres/'))).toBe(true);
    expect(holding(dataDir, VALUE, ENCODED)).toEqual([]);
    const key = (await readKeyFile(at('before.backup.keys'))).get(uidOf(uid));
    if (key?.state !== 'kept') throw new Error('its key is in the backup');
    ({ wrapped } = key);
    expect(holding(join(dataDir, 'nats'), Buffer.from(wrapped))).not.toEqual([]);
  });

  it('is gone after a purge: its past is unreadable, its key in no file, and the chain verifies', async () => {
    expect(await taffrail('purge', 'secret/db')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes') as string,
    });
    const purged = await taffrail('purge', 'secret/db', '--yes', '-o', 'json');
    expect(purged.code, purged.stderr).toBe(0);
    expect(JSON.parse(purged.stdout)).toMatchObject({ status: { revisions: 2, incarnations: 1, erased: true } });
    expect((await taffrail('purge', 'secret/deleted', '--yes')).code).toBe(0);
    const refused = await taffrail('purge', 'service/kubernetes', '--yes');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('revisions stand in the log unencrypted') as string,
    });

    expect((await ask('GET', `${SECRETS}/db`)).status).toBe(404);
    for (const name of ['db', 'deleted']) {
      const { text } = await ask('GET', `${HISTORY}/${name}`);
      expect(text).toContain('purged');
      expect(text).not.toContain(ENCODED);
    }
    expect((await ask('GET', `${SECRETS}/kept`)).text).toContain(ENCODED);
    expect(holding(join(dataDir, 'nats'), Buffer.from(wrapped))).toEqual([]);
    expect(holding(dataDir, VALUE, ENCODED)).toEqual([]);
    for (const args of [
      ['log', 'verify'],
      ['log', 'repair', '--yes'],
      ['rebuild', '--yes'],
    ]) {
      const done = await taffrail(...args);
      expect(done.code, `${args.join(' ')}: ${done.stderr}`).toBe(0);
    }
    expect((await ask('GET', `${HISTORY}/db`)).text).toContain('purged');
    expect((await taffrail('backup', at('after.backup'))).code).toBe(0);
  });

  it('does not start without its cluster key, and says what to do', async () => {
    expect((await taffrail('down')).code).toBe(0);
    dataDir = at('restored');
    const restored = await taffrail('restore', at('after.backup'), '--keys', at('before.backup.keys'));
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.stderr).toContain('put the cluster key to');
    const refused = await up();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('the cluster key');
    expect(refused.stderr).toContain('put the copy you kept of it there');
  });

  it('stays purged after a restore with an older copy of the keys; others are readable again', async () => {
    mkdirSync(join(dataDir, 'keys'), { recursive: true });
    copyFileSync(join(at('data'), 'keys', 'cluster.key'), join(dataDir, 'keys', 'cluster.key'));
    expect(holding(join(dataDir, 'nats'), Buffer.from(wrapped)), 'the older copy brought it back').not.toEqual([]);
    const started = await up();
    expect(started.code, started.stderr).toBe(0);
    expect(holding(join(dataDir, 'nats'), Buffer.from(wrapped))).toEqual([]);
    expect((await ask('GET', `${SECRETS}/kept`)).text).toContain(ENCODED);
    const { text } = await ask('GET', `${HISTORY}/db`);
    expect(text).toContain('purged');
    expect(text).not.toContain(ENCODED);
    expect(holding(dataDir, VALUE, ENCODED)).toEqual([]);
    expect((await taffrail('down')).code).toBe(0);
  });

  it('is unreadable after a restore without keys, which says so', async () => {
    dataDir = at('keyless');
    rmSync(at('after.backup.keys'));
    const restored = await taffrail('restore', at('after.backup'));
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.stderr).toContain('stay unreadable');
    const started = await up();
    expect(started.code, started.stderr).toBe(0);
    const { status, text } = await ask('GET', `${SECRETS}/kept`);
    expect(status).toBe(200);
    expect(text).toContain('key-lost');
    expect(text).not.toContain(ENCODED);
  });
});
