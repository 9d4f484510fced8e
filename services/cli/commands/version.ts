import type { Command } from 'commander';
import { findNatsBinary } from '@taffrail/embedded/nats-binary';
import { messageOf } from '@taffrail/platform/failure';
import { VERSION } from '../version.ts';

/** `version`: of this program and of what it would run. */
export function register(program: Command): void {
  program
    .command('version')
    .description('show the versions of Taffrail, Node and nats-server')
    .action(() => {
      console.log(`taffrail ${VERSION}`);
      console.log(`node ${process.versions.node}`);
      console.log(`nats-server ${natsVersion()}`);
    });
}

function natsVersion(): string {
  try {
    const { version, origin } = findNatsBinary();
    return `${version} (${origin})`;
  } catch (error) {
    return `- (${messageOf(error)})`;
  }
}
