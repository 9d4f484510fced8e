import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { KubeconfigMap } from '@taffrail/pki/kubeconfig';
import { messageOf, OperatingError } from '@taffrail/platform/failure';

const run = promisify(execFile);

/**
 * The one context that kubectl would use, with everything it names. kubectl is asked, so that several files in KUBECONFIG,
 * --context and whatever it learns later mean the same here.
 */
export async function kubectlConfig(options: {
  readonly kubeconfig?: string;
  readonly context?: string;
}): Promise<KubeconfigMap> {
  const flags = ['--raw', '--minify', '--flatten', '-o', 'json'];
  if (options.kubeconfig !== undefined) flags.push(`--kubeconfig=${options.kubeconfig}`);
  if (options.context !== undefined) flags.push(`--context=${options.context}`);
  try {
    const { stdout } = await run('kubectl', ['config', 'view', ...flags]);
    // Every scalar is a text there but for booleans, of which one counts.
    return JSON.parse(stdout, (_name, value: unknown) =>
      typeof value === 'boolean' ? String(value) : value,
    ) as KubeconfigMap;
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr?.trim().replace(/^error: /, '') ?? '';
    throw new OperatingError('unavailable', `kubectl knows no cluster: ${said === '' ? messageOf(error) : said}`, {
      cause: error,
      retryable: false,
    });
  }
}
