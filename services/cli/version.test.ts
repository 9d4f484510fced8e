import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from './services.ts';
import { VERSION } from './version.ts';

it('is the version of the manifests', () => {
  for (const manifest of ['package.json', 'services/cli/package.json']) {
    const { version } = JSON.parse(readFileSync(join(repositoryRoot(), manifest), 'utf8')) as {
      readonly version: string;
    };
    expect(version, manifest).toBe(VERSION);
  }
});
