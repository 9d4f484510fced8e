import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@taffrail/embedded/free-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LAUNCHER = resolve(import.meta.dirname, '../../../taffrail');

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Component {
  readonly name: string;
  readonly pid: number;
  readonly state: string;
}

let dataDir: string;
let port: number;

function taffrail(args: readonly string[], launcher = LAUNCHER): Promise<Result> {
  return new Promise((done) => {
    const env = { ...process.env, TAFFRAIL_DATA_DIR: dataDir };
    execFile(launcher, [...args], { env, cwd: tmpdir(), timeout: 240_000 }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

const up = (...more: readonly string[]): Promise<Result> =>
  taffrail([
    'up',
    '--detach',
    '--runtime',
    'simulated',
    '--port',
    String(port),
    '--pod-cidr',
    '10.245.0.0/24',
    ...more,
  ]);

async function components(): Promise<readonly Component[]> {
  const { code, stdout, stderr } = await taffrail(['status', '-o', 'json']);
  expect(code, stderr).toBe(0);
  const { components } = JSON.parse(stdout) as { readonly components: readonly Component[] };
  return components;
}

async function pidOf(name: string): Promise<number> {
  return (await components()).find((component) => component.name === name)?.pid ?? 0;
}

async function argumentsOf(name: string): Promise<readonly string[]> {
  return readFileSync(`/proc/${await pidOf(name)}/cmdline`, 'utf8').split('\0');
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await condition()) return;
    await delay(200);
  }
  throw new Error('it did not come about in time');
}

/** Processes whose command line names the data directory. */
function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(dataDir) ? [`${pid} ${command}`] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}

describe.runIf(process.platform === 'linux')('taffrail up', () => {
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'taffrail-up-'));
    port = await freePort();
  });
  afterAll(async () => {
    const down = await taffrail(['down']);
    expect(down.code, down.stderr).toBe(0);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('returns when the node is Ready and says how to reach the cluster', async () => {
    const result = await up();
    expect(result.code, result.stderr).toBe(0);
    for (const name of ['nats', 'postgres', 'api', 'controllers', 'scheduler', 'agent', 'cluster']) {
      expect(result.stdout).toMatch(new RegExp(`^${name} +ready +\\d+\\.\\d\\d s`, 'm'));
    }
    expect(result.stdout.trim().split('\n').at(-1)).toBe(`export KUBECONFIG=${dataDir}/kubeconfig`);
    expect((await components()).map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'ready'));
    expect(await argumentsOf('api')).toContain('--first-start');
  });

  it('is refused a second time on the same data directory, and on a port that is taken', async () => {
    const again = await up();
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^taffrail: a cluster already runs on .* \(process \d+\): .*\n$/);
    const other = mkdtempSync(join(tmpdir(), 'taffrail-up-'));
    const taken = await up('--data-dir', other);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(
      new RegExp(`^taffrail: port ${port} on 127.0.0.1 is taken by another program: .*\\n$`),
    );
    rmSync(other, { recursive: true });
  });

  it('starts every component again that is killed', async () => {
    for (const name of ['nats', 'postgres', 'api', 'controllers', 'scheduler', 'agent']) {
      const pid = await pidOf(name);
      process.kill(pid, 'SIGKILL');
      await until(async () => {
        const now = (await components()).find((component) => component.name === name);
        return now !== undefined && now.state === 'ready' && now.pid !== pid && now.pid !== 0;
      });
    }
    expect(readFileSync(join(dataDir, 'logs', 'up.log'), 'utf8')).toContain('api ended by SIGKILL; starting it again');
  });

  it('takes over what a killed supervisor left behind', async () => {
    const before = await components();
    process.kill(await pidOf('supervisor'), 'SIGKILL');
    const result = await up();
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toContain('an earlier run on this data directory ended without stopping; taking over');
    const old = new Set(before.map(({ pid }) => pid));
    expect((await components()).filter(({ pid }) => old.has(pid))).toEqual([]);
    expect(await argumentsOf('api')).not.toContain('--first-start');
  });

  it('is stopped by down without a process left, also when the supervisor was killed before', async () => {
    process.kill(await pidOf('supervisor'), 'SIGKILL');
    const orphaned = await taffrail(['down']);
    expect(orphaned.code, orphaned.stderr).toBe(0);
    expect(orphaned.stdout).toContain('its supervisor is gone; stopping nats, postgres, api');
    expect(processes()).toEqual([]);
    const again = await taffrail(['down']);
    expect(again).toMatchObject({ code: 0, stdout: 'no cluster runs here\n' });
    expect(existsSync(join(dataDir, 'lock'))).toBe(true); // the killed supervisor's; the next one takes it over
  });

  it('comes back on the same data directory, called through a symbolic link', async () => {
    const link = join(dataDir, 'link');
    symlinkSync(LAUNCHER, link);
    const result = await taffrail(
      ['up', '--detach', '--runtime', 'simulated', '--port', String(port), '--pod-cidr', '10.245.0.0/24'],
      link,
    );
    expect(result.code, result.stderr).toBe(0);
    const down = await taffrail(['down']);
    expect(down.code, down.stderr).toBe(0);
    expect(processes()).toEqual([]);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });
});
