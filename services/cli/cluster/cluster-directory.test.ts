import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataDirectory, ensureDataDirectory } from './cluster-directory.ts';

const directory = mkdtempSync(join(tmpdir(), 'cluster-directory-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the data directory', () => {
  it('is what the flag says, as an absolute path', () => {
    expect(dataDirectory('some/where')).toBe(join(process.cwd(), 'some/where'));
  });

  it('is made with its parents', () => {
    expect(ensureDataDirectory(join(directory, 'a', 'b'))).toBe(join(directory, 'a', 'b'));
    expect(ensureDataDirectory(join(directory, 'a', 'b'))).toBe(join(directory, 'a', 'b'));
  });

  it('that is a file, or cannot be made, is refused with one sentence', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => ensureDataDirectory(join(directory, 'file'))).toThrow(/file is not a directory/);
    expect(() => ensureDataDirectory(join(directory, 'file', 'below'))).toThrow(/is not a directory/);
  });

  it.runIf(process.platform === 'linux')('below /proc is refused, and does not hang', () => {
    expect(() => ensureDataDirectory('/proc/taffrail/x')).toThrow(/cannot be written/);
  });
});
