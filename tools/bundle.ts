/**
 * Puts the command line and every service into files of their own below `dist/`, from the sources:
 *   node tools/bundle.ts
 * A process that loads a handful of files instead of a thousand starts sooner and stays smaller, and what a process never
 * imports is not in its file. Code that two programs share lies in chunks, so that a lazy import stays lazy.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const PROGRAMS = ['cli', 'api', 'controllers', 'scheduler', 'agent'];

const root = path.resolve(import.meta.dirname, '..');
const outdir = path.join(root, 'dist');
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(PROGRAMS.map((name) => [name, `services/${name}/main.ts`])),
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  conditions: ['source'],
  sourcemap: 'linked',
  sourcesContent: false,
  // Imported lazily: as CommonJS inside a bundle they would lose their named exports.
  external: ['@peculiar/x509', 'reflect-metadata', 'yaml', 'tar-stream'],
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS packages ask for Node's own modules with `require`, which ES modules lack.
  banner: { js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);" },
});
