import type { FieldError } from '../../field-error.ts';
import type { LeaseCandidate, LeaseCandidateSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { configMapKey } from '../../syntax/names.ts';
import { compareVersions, isVersion } from '../../syntax/semantic-version.ts';
import { invalid, required } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { OLDEST_EMULATION, validateLeaseStrategy } from './strategy.ts';

const NOT_A_VERSION = 'must be a valid semantic version';

function validate({ spec = {} }: Given<LeaseCandidate>): readonly FieldError[] {
  return [
    ...((spec.leaseName ?? '') === '' ? [required('spec.leaseName')] : []),
    ...validateVersions(spec),
    ...validateStrategy(spec),
  ];
}

function validateVersions({ emulationVersion = '', binaryVersion = '' }: Given<LeaseCandidateSpec>): FieldError[] {
  const errors: FieldError[] = [];
  if (emulationVersion !== '' && !isVersion(emulationVersion)) {
    errors.push(invalid('spec.emulationVersion', emulationVersion, NOT_A_VERSION));
  }
  if (binaryVersion === '') errors.push(required('spec.binaryVersion'));
  else if (!isVersion(binaryVersion)) errors.push(invalid('spec.binaryVersion', binaryVersion, NOT_A_VERSION));
  else if (isVersion(emulationVersion) && compareVersions(binaryVersion, emulationVersion) < 0) {
    errors.push(invalid('spec.binaryVersion', binaryVersion, 'must be greater than or equal to `emulationVersion`'));
  }
  return errors;
}

function validateStrategy({ strategy = '', emulationVersion = '' }: Given<LeaseCandidateSpec>): readonly FieldError[] {
  if (strategy === '') return [required('spec.strategy')];
  const detail = `must be specified when \`strategy\` is '${OLDEST_EMULATION}'`;
  const lacks = strategy === OLDEST_EMULATION && !isVersion(emulationVersion);
  return [
    ...(lacks ? [required('spec.emulationVersion', detail)] : []),
    ...validateLeaseStrategy(strategy, 'spec.strategy'),
  ];
}

export const leaseCandidateRules = rulesOf<LeaseCandidate>({
  metadata: { namespaced: true, name: configMapKey },
  validate,
  validateUpdate: (next, previous) =>
    validateImmutable(next.spec?.leaseName, previous.spec?.leaseName, 'spec.leaseName'),
  selectable: { 'spec.leaseName': (candidate) => candidate.spec?.leaseName ?? '' },
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
