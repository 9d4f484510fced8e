import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { pauseExecutable, pauseProgram } from './pause-program.ts';

const SIGCHLD_BIT = 1n << 16n;

describe('the pause program', () => {
  it.runIf(process.platform === 'linux' && pauseProgram(process.arch) !== undefined)(
    'runs, ignores SIGCHLD, sleeps, and ends by SIGTERM',
    async () => {
      const program = pauseProgram(process.arch);
      if (program === undefined) throw new Error('unreachable');
      const directory = mkdtempSync(join(tmpdir(), 'pause-'));
      const file = join(directory, 'pause');
      writeFileSync(file, pauseExecutable(program), { mode: 0o755 });
      const child = spawn(file);
      const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
      await delay(100);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(status)?.[1]}`);
      expect(ignored & SIGCHLD_BIT).toBe(SIGCHLD_BIT);
      expect(/^State:\s*(\S)/m.exec(status)?.[1]).toBe('S');
      child.kill('SIGTERM');
      await expect(exited).resolves.toEqual({ code: null, signal: 'SIGTERM' });
      rmSync(directory, { recursive: true });
    },
  );

  it('exists for both architectures, each a small static executable', () => {
    for (const [architecture, machine] of [['x64', 62] as const, ['arm64', 183] as const]) {
      const program = pauseProgram(architecture);
      expect(program?.machine).toBe(machine);
      const bytes = program === undefined ? Buffer.alloc(0) : pauseExecutable(program);
      expect(bytes.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
      expect(bytes.length).toBeLessThan(256);
    }
    expect(pauseProgram('riscv64')).toBeUndefined();
  });
});
