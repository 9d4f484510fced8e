import type { Rejection } from '../rejection.ts';
import { type FieldPath, type FieldSet, pathsOf } from './field-set.ts';
import type { Manager } from './managers.ts';
import { pathText } from './path-element.ts';

/** The fields of one manager that an applier would change. */
export interface ManagerConflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** Refuses (409) to change what others own, naming each field and its owner. */
export function applyConflict(conflicts: readonly ManagerConflict[]): Rejection {
  const byManager = conflicts
    .map(({ manager, fields }) => ({ owner: ownerText(manager), paths: pathsOf(fields) }))
    .toSorted((left, right) => (left.owner < right.owner ? -1 : 1));
  const all = byManager.flatMap(({ owner, paths }) => paths.map((path) => ({ owner, path })));
  return {
    rejected: true,
    reason: 'Conflict',
    code: 409,
    message: `Apply failed with ${summary(byManager, all)}`,
    details: {
      causes: all.map(({ owner, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${owner}`,
        field: pathText(path),
      })),
    },
  };
}

function summary(
  byManager: readonly { readonly owner: string; readonly paths: readonly FieldPath[] }[],
  all: readonly { readonly owner: string; readonly path: FieldPath }[],
): string {
  const [only] = all;
  if (all.length === 1 && only !== undefined) return `1 conflict: conflict with ${only.owner}: ${pathText(only.path)}`;
  const lines = byManager.flatMap(({ owner, paths }) => [
    `conflicts with ${owner}:`,
    ...paths.map((path) => `- ${pathText(path)}`),
  ]);
  return `${all.length} conflicts: ${lines.join('\n')}`;
}

function ownerText({ name, subresource, operation, apiVersion }: Manager): string {
  const owner = `${JSON.stringify(name)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${owner} using ${apiVersion}` : owner;
}
