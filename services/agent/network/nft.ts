import { spawn } from 'node:child_process';
import { OperatingError } from '@taffrail/platform/failure';

/** Loads a ruleset in one transaction. Throws OperatingError with nft's own words when it is refused. */
export function loadRuleset(text: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('nft', ['-f', '-'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complaint += chunk;
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      const message = missing ? 'nft is not installed; Services have no addresses on this node' : error.message;
      reject(new OperatingError(missing ? 'missing-dependency' : 'runtime', message, { cause: error }));
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new OperatingError('runtime', `nft refused the ruleset: ${complaint.trim().slice(0, 1000)}`));
    });
    // nft may close its input early when it refuses; its exit code says so.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
  });
}
