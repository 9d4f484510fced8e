import { createInterface } from 'node:readline/promises';
import type { ChangedReference } from '@taffrail/history/change-entry';
import type { ObjectChange } from '@taffrail/history/object-changes';
import { OperatingError } from '@taffrail/platform/failure';
import { UsageError } from '../failure.ts';
import type { NamedObject } from './named-object.ts';
import type { PastApi } from './past-api.ts';
import { referenceText } from './show-history.ts';

export interface UndoCommand {
  readonly what:
    | { readonly type: 'object'; readonly named: NamedObject; readonly namespace: string; readonly to: string }
    | {
        readonly type: 'scope';
        readonly named?: NamedObject;
        readonly namespace: string | undefined;
        readonly selector?: string;
        readonly to: string;
      }
    | { readonly type: 'transaction'; readonly revision: string };
  readonly force: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly output: 'text' | 'json';
}

/** An undo as the API tells it: planned, or done. */
export interface UndoAnswer {
  readonly metadata: { readonly resourceVersion?: string };
  readonly to: string;
  readonly plan: string;
  readonly done: boolean;
  readonly actions: readonly {
    readonly action: 'create' | 'update' | 'delete';
    readonly about: ChangedReference;
    readonly changes: readonly ObjectChange[];
    readonly summary: string;
  }[];
  readonly left: readonly { readonly about: ChangedReference; readonly why: string }[];
  readonly conflicts: readonly {
    readonly about: ChangedReference;
    readonly why: string;
    readonly overridable: boolean;
  }[];
  readonly refusal?: {
    readonly message: string;
    readonly details?: { readonly causes?: readonly { readonly message?: string; readonly field?: string }[] };
  };
}

/** Shows what an undo would do, asks, and has it done as it was shown. Throws OperatingError when it cannot be. */
export async function undo(api: PastApi, command: UndoCommand): Promise<void> {
  const { force, yes, dryRun, output } = command;
  const body = { kind: 'Undo', apiVersion: 'taffrail.dev/v1', ...bodyOf(command.what), ...(force ? { force } : {}) };
  const plan: UndoAnswer = await api.post('/undo', { dryRun: 'All' }, body);
  if (output === 'text') for (const line of planLines(plan, force)) console.log(line);
  const standing = plan.conflicts.filter(({ overridable }) => !(force && overridable));
  if (!dryRun && (standing.length > 0 || plan.refusal !== undefined)) {
    throw new OperatingError('unavailable', obstacleText(plan, standing), { retryable: false });
  }
  if (dryRun || plan.actions.length === 0) {
    if (output === 'json') console.log(JSON.stringify(plan));
    return;
  }
  if (!yes) await agreed();
  const done: UndoAnswer = await api.post('/undo', { fieldManager: 'taffrail-undo' }, { ...body, plan: plan.plan });
  if (output === 'json') console.log(JSON.stringify(done));
  else console.log(`done in one transaction, revision ${done.metadata.resourceVersion ?? ''}`);
}

function bodyOf(what: UndoCommand['what']): Readonly<Record<string, string>> {
  if (what.type === 'transaction') return { transaction: what.revision };
  const { named, namespace, to } = what;
  const kind = named === undefined ? {} : { group: named.definition.group, resource: named.definition.resource };
  const within = named !== undefined && !named.definition.namespaced ? '' : namespace;
  return {
    ...kind,
    ...(within === undefined ? {} : { namespace: within }),
    ...(what.type === 'object' ? { name: what.named.name } : {}),
    ...(what.type === 'scope' && what.selector !== undefined ? { labelSelector: what.selector } : {}),
    to,
  };
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;
/** Objects of one reason that are named; the rest is counted. */
const NAMED_COUNT = 3;

/** The plan, one line an object. */
export function planLines({ actions, left, conflicts, to }: UndoAnswer, force: boolean): readonly string[] {
  const wide = new Set(actions.map(({ about }) => about.namespace)).size > 1;
  return [
    actions.length === 0
      ? `nothing is to be undone: everything is as it was at ${to}`
      : `back to revision ${to}, in one transaction:`,
    ...actions.map(({ action, about, summary }) => `  ${SIGNS[action]} ${referenceText(about, wide)}  ${summary}`),
    ...leftLines(left),
    ...conflicts.map(({ about, why, overridable }) => {
      const despite = force && overridable ? ' (undone all the same)' : '';
      return `  ! ${referenceText(about, wide)}  ${why}${despite}`;
    }),
  ];
}

/** What the controllers of many owners see to is told once. */
const CONTROLLED = /^left to (\w+) \S+, which controls it$/;

function leftLines(left: UndoAnswer['left']): readonly string[] {
  const reasons = new Map<string, ChangedReference[]>();
  for (const { about, why } of left) {
    const reason = why.replace(CONTROLLED, 'left to the $1 that controls it');
    reasons.set(reason, [...(reasons.get(reason) ?? []), about]);
  }
  return [...reasons].map(([why, all]) => {
    const named = all.slice(0, NAMED_COUNT).map((about) => referenceText(about, false));
    const more = all.length > named.length ? ` and ${all.length - named.length} more` : '';
    return `    ${named.join(', ')}${more}: ${why}`;
  });
}

function obstacleText({ refusal }: UndoAnswer, standing: UndoAnswer['conflicts']): string {
  if (refusal !== undefined) {
    const causes = (refusal.details?.causes ?? []).filter(({ field = '' }) => /^items\[\d+\]$/.test(field));
    return [refusal.message, ...causes.slice(1).map(({ message = '' }) => `  ${message}`)].join('\n');
  }
  const forced = standing.every(({ overridable }) => overridable) ? '; --force undoes it all the same' : '';
  return `nothing was changed: ${standing.length} conflict${standing.length === 1 ? '' : 's'} as told above${forced}`;
}

async function agreed(): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError('an undo asks first: run it on a terminal, or with --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Undo this? [y/N] ');
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new OperatingError('aborted', 'nothing was changed', { retryable: false });
    }
  } finally {
    terminal.close();
  }
}
