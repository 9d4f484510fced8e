import { stringify } from 'yaml';
import type { JsonObject } from '@taffrail/resources/json';
import { lineChanges, type LineChange } from './line-diff.ts';

const CONTEXT_LINES = 3;

/** Two states of an object as a unified diff of their YAML; '' when they are the same. Absent: it was not there. */
export function objectDiff(label: string, from: JsonObject | undefined, to: JsonObject | undefined): string {
  return unifiedDiff(from === undefined ? '/dev/null' : `a/${label}`, to === undefined ? '/dev/null' : `b/${label}`, {
    from: yamlLines(from),
    to: yamlLines(to),
  });
}

function yamlLines(object: JsonObject | undefined): readonly string[] {
  if (object === undefined) return [];
  return stringify(object, { aliasDuplicateObjects: false, lineWidth: 0, sortMapEntries: true }).trimEnd().split('\n');
}

/** A unified diff of lines, as `diff -u` writes it; '' when there is no difference. */
export function unifiedDiff(
  fromLabel: string,
  toLabel: string,
  { from, to }: { readonly from: readonly string[]; readonly to: readonly string[] },
): string {
  const changes = lineChanges(from, to);
  const hunks = hunksOf(changes);
  if (hunks.length === 0) return '';
  return [`--- ${fromLabel}`, `+++ ${toLabel}`, ...hunks.flatMap((hunk) => hunkLines(changes, hunk))].join('\n');
}

/** A run of changes with what stands around it: places in the list of changes. */
interface Hunk {
  readonly start: number;
  readonly end: number;
}

function hunksOf(changes: readonly LineChange[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { sign }] of changes.entries()) {
    if (sign === ' ') continue;
    const [start, end] = [Math.max(0, index - CONTEXT_LINES), Math.min(changes.length, index + 1 + CONTEXT_LINES)];
    const last = hunks.at(-1);
    if (last !== undefined && start <= last.end) hunks[hunks.length - 1] = { start: last.start, end };
    else hunks.push({ start, end });
  }
  return hunks;
}

function hunkLines(changes: readonly LineChange[], { start, end }: Hunk): readonly string[] {
  const before = changes.slice(0, start);
  const inside = changes.slice(start, end);
  const range = (without: LineChange['sign']): string => {
    const skipped = before.filter(({ sign }) => sign !== without).length;
    const count = inside.filter(({ sign }) => sign !== without).length;
    return `${count === 0 ? skipped : skipped + 1},${count}`;
  };
  return [`@@ -${range('+')} +${range('-')} @@`, ...inside.map(({ sign, line }) => sign + line)];
}
