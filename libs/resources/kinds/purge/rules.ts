import { limits } from '@taffrail/platform/limits';
import type { FieldError } from '../../field-error.ts';
import type { ObjectMeta } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { required, tooMany } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

/** What a purge erases: every body that was ever stored of the objects with these uids. */
export interface PurgeSpec {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** Every incarnation of the name: an object that is created again has another uid. */
  readonly uids: readonly string[];
}

/** An order to destroy keys, kept for ever: it is carried out again wherever the log is restored. */
export interface Purge {
  readonly metadata?: ObjectMeta;
  readonly spec?: PurgeSpec;
}

function validate({ spec }: Given<Purge>): readonly FieldError[] {
  const uids = spec?.uids ?? [];
  if ((spec?.resource ?? '') === '') return [required('spec.resource')];
  if ((spec?.name ?? '') === '') return [required('spec.name')];
  if (uids.length === 0) return [required('spec.uids')];
  return uids.length > limits.purgedUidsCount ? [tooMany('spec.uids', uids.length, limits.purgedUidsCount)] : [];
}

export const purgeColumns = [
  NAME,
  narrow('Resource', 'Resource of what was erased'),
  narrow('Namespace', 'Namespace of what was erased'),
  narrow('Object', 'Name of what was erased'),
  narrow('Incarnations', 'How many objects of that name were erased', 'integer'),
  AGE,
] as const;

export const purgeRules = rulesOf<Purge>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  validate,
  cells: ({ metadata, spec }) => [
    metadata?.name ?? '',
    `${spec?.resource ?? ''}${(spec?.group ?? '') === '' ? '' : `.${spec?.group}`}`,
    spec?.namespace ?? '',
    spec?.name ?? '',
    spec?.uids?.length ?? 0,
    age(metadata),
  ],
});
