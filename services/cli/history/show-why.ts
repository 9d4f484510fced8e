import { originInWords } from '@taffrail/history/origin';
import type { CauseChain, ConsequenceTree, Step } from '@taffrail/history/why';
import type { PastApi } from './past-api.ts';
import { scopePath, type AskedScope } from './scope-path.ts';
import { referenceText } from './show-history.ts';

export interface WhyRequest {
  readonly scope: AskedScope;
  readonly at?: string;
  readonly forward: boolean;
  readonly output: 'text' | 'json';
}

/** Prints the chain of causes of an object's change as a tree, or what came of it. */
export async function showWhy(api: PastApi, { scope, at, forward, output }: WhyRequest): Promise<void> {
  const path = scopePath('why', scope);
  if (!forward) {
    const chain = await api.get<CauseChain>(path, { at });
    console.log(output === 'json' ? JSON.stringify(chain) : chainLines(chain).join('\n'));
    return;
  }
  const tree = await api.get<ConsequenceTree>(path, { at, forward: 'true' });
  console.log(output === 'json' ? JSON.stringify(tree) : treeLines(tree).join('\n'));
}

/** The chain from what began it down to the change; then who began it and how long it took. */
export function chainLines({ steps, origin, elapsedMs }: CauseChain): readonly string[] {
  const lines = steps.map((step, depth) => `${depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `}${stepText(step)}`);
  const began = origin.type === 'unknown' ? 'what began it is not known' : `begun by ${originInWords(origin)}`;
  return [...lines, `${began}, ${durationText(elapsedMs)} from the first step to the last`];
}

/** A tree of consequences, each under what caused it. */
export function treeLines({ change, consequences, truncated }: ConsequenceTree): readonly string[] {
  const children = consequences.map(treeLines);
  const all = truncated === true ? [...children, ['…']] : children;
  return [
    stepText(change),
    ...all.flatMap((lines, index) => {
      const last = index === all.length - 1;
      return lines.map((line, at) => (at === 0 ? (last ? '└─ ' : '├─ ') : last ? '   ' : '│  ') + line);
    }),
  ];
}

/** `+0.12 s  pod/web-1 created by system:kube-controller-manager (replicaset-controller create)  [14336]`. */
function stepText(step: Step): string {
  const when = step.elapsedMs === 0 ? step.time.slice(0, 23).replace('T', ' ') : `+${durationText(step.elapsedMs)}`;
  const what =
    'hidden' in step ? '(of an object you may not read)' : `${referenceText(step.about, false)} ${step.summary}`;
  return `${when}  ${what}  [${step.revision}]`;
}

/** `120 ms`, `1.20 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
