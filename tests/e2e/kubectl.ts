import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

/** Runs a program to its end; never throws for a non-zero exit. Killed (and reported with code 124) after the timeout. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    env: { ...process.env, ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {
    // The child may end without reading its input; its exit code tells.
  });
  child.stdin.end(options.input ?? '');
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 120_000);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  clearTimeout(timer);
  return {
    code: timedOut ? 124 : code,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** The real kubectl against one kubeconfig. */
export interface Kubectl {
  /** Runs and returns stdout; throws with both outputs when it fails. */
  (...args: readonly string[]): Promise<string>;
  /** Runs and returns everything, failed or not. */
  attempt(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  json<T>(...args: readonly string[]): Promise<T>;
}

/** A kubectl bound to a kubeconfig, with a cache of its own so that runs do not see each other's discovery. */
export function kubectlFor(kubeconfig: string, cacheDir: string): Kubectl {
  const attempt = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    run('kubectl', ['--cache-dir', cacheDir, ...args], {
      ...options,
      environment: { KUBECONFIG: kubeconfig, ...options.environment },
    });
  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const result = await attempt(args);
    if (result.code !== 0)
      throw new Error(`kubectl ${args.join(' ')} exited with ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result.stdout;
  };
  return Object.assign(kubectl, {
    attempt,
    json: async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await kubectl(...args, '-o', 'json')) as T,
  });
}

/** Asks until `probe` answers something other than undefined; throws with the last failure after `timeoutMs`. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come about within ${timeoutMs} ms`, { cause: last });
}
