import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { environmentVariable } from '@taffrail/platform/environment';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { UsageError } from '../failure.ts';

/** Each plugin's file and the command of ours that it is: kubectl takes an underscore for a dash. */
const PLUGINS: Readonly<Record<string, string>> = Object.freeze({
  'kubectl-history': 'history',
  'kubectl-why': 'why',
  'kubectl-undo': 'undo',
  'kubectl-at': 'at',
  'kubectl-diff_at': 'diff',
});

/** What tells a file of ours from another's of the same name. */
const MARK = '# A plugin of kubectl, installed by taffrail kubectl-plugins install.';

/** One plugin as it stands in a directory. */
export interface InstalledPlugin {
  readonly file: string;
  /** How it is called: `kubectl history`. */
  readonly call: string;
}

/**
 * Writes the plugins into a directory, by default the first of those on PATH where people put programs of their own.
 * Throws UsageError for a directory that is none, OperatingError `permission` where it may not be written or a program of
 * somebody else has the name of one.
 */
export function installPlugins(taffrail: string, directory: string | undefined): readonly InstalledPlugin[] {
  const into = directory === undefined ? usualDirectory() : resolve(directory);
  try {
    mkdirSync(into, { recursive: true });
  } catch (error) {
    throw new UsageError(`${into} cannot be a directory of plugins: ${messageOf(error)}`);
  }
  const files = Object.keys(PLUGINS).map((name) => join(into, name));
  const foreign = files.find((file) => existsSync(file) && !readFileSync(file, 'utf8').includes(MARK));
  if (foreign !== undefined) {
    throw new OperatingError('permission', `${foreign} is there already and is none of ours: nothing was installed`);
  }
  return Object.entries(PLUGINS).map(([name, command]) => {
    const file = join(into, name);
    write(file, pluginText(taffrail, command));
    return { file, call: name.replace('-', ' ').replace('_', '-') };
  });
}

/** Takes away what was installed; answers the files that were there. */
export function removePlugins(directory: string | undefined): readonly string[] {
  const places = directory === undefined ? onPath() : [resolve(directory)];
  const files = places.flatMap((place) => Object.keys(PLUGINS).map((name) => join(place, name)));
  const ours = [...new Set(files)].filter((file) => existsSync(file) && readFileSync(file, 'utf8').includes(MARK));
  for (const file of ours) rmSync(file);
  return ours;
}

/** The plugin is our own command, told to mean the cluster that kubectl means. */
function pluginText(taffrail: string, command: string): string {
  const quoted = `'${taffrail.replaceAll("'", String.raw`'\''`)}'`;
  return `#!/bin/sh\n${MARK}\nTAFFRAIL_KUBECTL_PLUGIN=1 exec ${quoted} ${command} "$@"\n`;
}

/** Nobody ever runs half a plugin. */
function write(file: string, text: string): void {
  const whole = `${file}.new`;
  try {
    writeFileSync(whole, text, { mode: 0o755 });
    renameSync(whole, file);
  } catch (error) {
    rmSync(whole, { force: true });
    throw new OperatingError('permission', `${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function onPath(): readonly string[] {
  return (environmentVariable('PATH') ?? '').split(delimiter).filter((place) => place.startsWith('/'));
}

function usualDirectory(): string {
  const usual = [join(homedir(), '.local', 'bin'), join(homedir(), 'bin'), '/usr/local/bin'];
  const found = usual.find((place) => onPath().includes(place) && isWritable(place));
  if (found !== undefined) return found;
  throw new UsageError(`none of ${usual.join(', ')} is on PATH and may be written: name a directory with --dir`);
}

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false; // missing or not ours: another one is looked for
  }
}
