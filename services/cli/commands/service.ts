import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { SERVICES, serviceEntry } from '../services.ts';

/** `api`, `controllers`, `scheduler`, `agent`: one service in the foreground, for those who supervise it themselves. */
export function register(program: Command): void {
  for (const { name, description } of SERVICES) {
    program
      .command(name)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .argument('[flags...]', 'passed on to the service; --help lists them')
      .action((flags: readonly string[]) => {
        const entry = serviceEntry(name);
        if (!existsSync(entry))
          throw new OperatingError('missing-dependency', `${entry} is missing: run "npm run build"`);
        become(process.execPath, [entry, ...flags]);
      });
  }
}

/** Replaces this process: signals and the exit code are the service's own, and no second process stays in memory. */
function become(command: string, args: readonly string[]): void {
  if (process.execve === undefined) throw new OperatingError('runtime', 'this system cannot replace a process');
  process.execve(command, [command, ...args], childEnvironment());
}
