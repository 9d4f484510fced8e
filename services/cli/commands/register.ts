import type { Command } from 'commander';
import * as apply from './apply.ts';
import * as at from './at.ts';
import * as diff from './diff.ts';
import * as down from './down.ts';
import * as history from './history.ts';
import * as image from './image.ts';
import * as kubectlPlugins from './kubectl-plugins.ts';
import * as logCheckpoint from './log-checkpoint.ts';
import * as logExport from './log-export.ts';
import * as logRepair from './log-repair.ts';
import * as logVerify from './log-verify.ts';
import * as node from './node.ts';
import * as pki from './pki.ts';
import * as purge from './purge.ts';
import * as rebuild from './rebuild.ts';
import * as service from './service.ts';
import * as status from './status.ts';
import * as test from './test.ts';
import * as undo from './undo.ts';
import * as up from './up.ts';
import * as version from './version.ts';
import * as why from './why.ts';

/** Adds every command to the program. */
export function registerCommands(program: Command, signal: AbortSignal): void {
  up.register(program, signal);
  down.register(program);
  status.register(program);
  image.register(program);
  apply.register(program, signal);
  at.register(program, signal);
  history.register(program, signal);
  why.register(program, signal);
  diff.register(program, signal);
  undo.register(program, signal);
  kubectlPlugins.register(program);
  logVerify.register(program, signal);
  logExport.register(program, signal);
  logCheckpoint.register(program, signal);
  logRepair.register(program, signal);
  purge.register(program, signal);
  rebuild.register(program, signal);
  test.register(program, signal);
  pki.register(program);
  node.register(program, signal);
  service.register(program);
  version.register(program);
}
