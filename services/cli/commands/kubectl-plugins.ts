import { join } from 'node:path';
import type { Command } from 'commander';
import { outputFormat } from '../failure.ts';
import { repositoryRoot } from '../services.ts';

interface Options {
  readonly dir?: string;
  readonly output: string;
}

/** `kubectl-plugins install|remove`: `kubectl history`, `why`, `undo`, `at` and `diff-at`. */
export function register(program: Command): void {
  const plugins = program
    .command('kubectl-plugins')
    .description('kubectl history, why, undo, at and diff-at: the commands of the past as plugins of kubectl');
  plugins
    .command('install')
    .description('put the plugins where kubectl finds them; again after taffrail has moved')
    .option('--dir <dir>', 'a directory on PATH (default: ~/.local/bin, ~/bin or /usr/local/bin)')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (options: Options) => {
      const output = outputFormat(options.output);
      const { installPlugins } = await import('../plugins/install-plugins.ts');
      const installed = installPlugins(join(repositoryRoot(), 'taffrail'), options.dir);
      if (output === 'json') console.log(JSON.stringify(installed));
      else for (const { call, file } of installed) console.log(`${call}  (${file})`);
    });
  plugins
    .command('remove')
    .description('take the plugins away again')
    .option('--dir <dir>', 'only from this directory (default: from every one on PATH)')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (options: Options) => {
      const output = outputFormat(options.output);
      const { removePlugins } = await import('../plugins/install-plugins.ts');
      const removed = removePlugins(options.dir);
      if (output === 'json') console.log(JSON.stringify(removed));
      else for (const file of removed) console.log(`${file} removed`);
    });
}
