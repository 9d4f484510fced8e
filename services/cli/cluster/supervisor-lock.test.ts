import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDirectory, lockOwner } from './supervisor-lock.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'supervisor-lock-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

describe('lockDataDirectory', () => {
  it('lets one supervisor in and names it to the next', () => {
    using lock = lockDataDirectory(dataDir);
    expect(lock.wasStale).toBe(false);
    expect(() => lockDataDirectory(dataDir)).toThrow(
      new RegExp(`already runs on ${dataDir} \\(process ${process.pid}\\)`),
    );
  });

  it('leaves nothing behind when it is given back', () => {
    lockDataDirectory(dataDir)[Symbol.dispose]();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('takes over from an owner that is gone, also when its pid lives on in another process', () => {
    for (const stale of [
      { pid: 999_999_999, startedAt: 'x' },
      { pid: process.pid, startedAt: 'another boot/1' },
    ]) {
      writeFileSync(join(dataDir, 'lock'), JSON.stringify(stale));
      using lock = lockDataDirectory(dataDir);
      expect(lock.wasStale).toBe(true);
      expect(lockOwner(join(dataDir, 'lock'))?.pid).toBe(process.pid);
    }
  });

  it('takes over a lock that was never finished', () => {
    writeFileSync(join(dataDir, 'lock'), '{"pid":');
    using lock = lockDataDirectory(dataDir);
    expect(lock.wasStale).toBe(true);
  });
});
