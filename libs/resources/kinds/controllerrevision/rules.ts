import type { ControllerRevision } from '../../generated/types.ts';
import { ownerText } from '../cells.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { required } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

export const controllerRevisionColumns = [
  NAME,
  narrow('Controller', 'Whose revision it is'),
  narrow('Revision', 'Its number in the history'),
  AGE,
] as const;

export const controllerRevisionRules = rulesOf<ControllerRevision>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults(revision) {
    revision.revision ??= 0;
  },
  validate: (revision) => [
    ...(revision.data === undefined ? [required('data', 'data is mandatory')] : []),
    ...validateNonNegative(revision.revision, 'revision'),
  ],
  validateUpdate: (next, previous) => validateImmutable(next.data, previous.data, 'data'),
  cells: (revision) => [
    revision.metadata?.name ?? '',
    ownerText(revision.metadata),
    String(revision.revision ?? 0),
    age(revision.metadata),
  ],
});
