import { mkdirSync, readFileSync, renameSync, existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { silentLogger } from '@taffrail/platform/logger';
import { BUSYBOX, containerdMissing, startContainerd, type TestContainerd } from '../../testing/containerd.ts';
import { RuntimeFailure, type ContainerStatus, type Runtime, type SandboxConfig } from '../port.ts';
import { containerConfig, runtimeContract, sandboxConfig, type RuntimeUnderTest } from '../runtime.suite.ts';
import { criRuntime } from './cri-runtime.ts';

const missing = containerdMissing();
if (missing !== undefined) console.warn(`SKIPPED: tests with a real containerd: ${missing}`);

describe.skipIf(missing !== undefined)('with a real containerd', () => {
  runtimeContract('cri', async () => {
    const containerd = await startContainerd();
    const runtime = criRuntime(containerd.socketPath, systemClock, silentLogger);
    const logRoot = `${containerd.directory}/logs`;
    return {
      runtime,
      logRoot,
      cgroupRoot: containerd.cgroupRoot,
      image: BUSYBOX,
      async close() {
        runtime.close();
        await containerd.stop();
      },
    };
  });

  describe('what only real containers show', () => {
    let containerd: TestContainerd;
    let runtime: Runtime;
    let under: Pick<RuntimeUnderTest, 'logRoot' | 'cgroupRoot'>;
    let config: SandboxConfig;
    let sandboxId: string;
    beforeAll(async () => {
      containerd = await startContainerd();
      runtime = criRuntime(containerd.socketPath, systemClock, silentLogger);
      under = { logRoot: `${containerd.directory}/logs`, cgroupRoot: containerd.cgroupRoot };
      config = sandboxConfig(under, 'real');
      sandboxId = await runtime.runSandbox(config);
    });
    afterAll(async () => {
      await runtime.stopSandbox(sandboxId);
      await runtime.removeSandbox(sandboxId);
      runtime.close();
      await containerd.stop();
    });
    const run = async (name: string, script: string, changes: object = {}): Promise<string> => {
      const container = { ...containerConfig(config, name, BUSYBOX, script), ...changes };
      mkdirSync(`${config.logDirectory}/${name}`, { recursive: true });
      const id = await runtime.createContainer(sandboxId, container, config);
      await runtime.startContainer(id);
      return id;
    };
    const ended = async (id: string): Promise<ContainerStatus> => {
      for (;;) {
        const status = await runtime.containerStatus(id);
        if (status?.phase === 'exited') return status;
        await systemClock.sleep(20);
      }
    };

    test('output, exit code, environment and limits arrive', async () => {
      const id = await run('out', 'echo "$GREETING"; echo oops >&2; exit 3', {
        environment: [{ name: 'GREETING', value: 'ahoy' }],
        resources: { cpuPeriodMicros: 100_000, cpuQuotaMicros: 50_000, cpuShares: 512, memoryLimitBytes: 64 << 20 },
      });
      const status = await ended(id);
      expect([status.exitCode, status.reason]).toEqual([3, 'Error']);
      const log = readFileSync(`${config.logDirectory}/out/0.log`, 'utf8');
      expect(log).toMatch(/ stdout F ahoy\n/);
      expect(log).toMatch(/ stderr F oops\n/);
    });

    test('exec returns the command’s own output and code, and is killed at its bound', async () => {
      const id = await run('shell', 'trap "exit 0" TERM; while :; do sleep 0.1; done');
      const result = await runtime.exec(id, ['sh', '-c', 'echo hi; exit 7'], 5);
      expect([result.exitCode, result.stdout.toString()]).toEqual([7, 'hi\n']);
      await expect(runtime.exec(id, ['sleep', '20'], 1)).rejects.toMatchObject({ kind: 'deadline' });
      await runtime.stopContainer(id, 5);
      expect((await ended(id)).exitCode).toBe(0);
    });

    test('a program that does not exist is a refusal and leaves an exited container', async () => {
      const container = { ...containerConfig(config, 'bad', BUSYBOX, ''), command: ['/nosuch'] };
      const id = await runtime.createContainer(sandboxId, container, config);
      await expect(runtime.startContainer(id)).rejects.toBeInstanceOf(RuntimeFailure);
      expect(await ended(id)).toMatchObject({ exitCode: 128, reason: 'StartError' });
    });

    test('a log that was renamed is reopened', async () => {
      const id = await run('log', 'exec sleep 1000');
      const file = `${config.logDirectory}/log/0.log`;
      renameSync(file, `${file}.1`);
      await runtime.reopenLog(id);
      expect(existsSync(file)).toBe(true);
      await runtime.stopContainer(id, 0);
    });

    test('a crash of containerd leaves the container running, and calls work again after its restart', async () => {
      const id = await run('survivor', 'exec sleep 1000');
      await containerd.crashAndRestart();
      // Until its services are up again calls are told that it is unavailable, which their callers retry.
      const phase = async (): Promise<string | undefined> => {
        try {
          return (await runtime.containerStatus(id))?.phase;
        } catch (error) {
          if (error instanceof OperatingError && error.code === 'unavailable') return undefined;
          throw error;
        }
      };
      await expect.poll(phase, { timeout: 10_000 }).toBe('running');
      await runtime.stopContainer(id, 0);
    });
  });
});
