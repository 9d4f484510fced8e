import type { FieldError } from '../../field-error.ts';
import type { DeviceTaintRule } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { tooMany } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateLabelName, validatePoolName } from './names.ts';
import { validateTaint } from './taints.ts';

const CONDITIONS = 8;

function validate({ spec = {} }: Given<DeviceTaintRule>, previous?: Given<DeviceTaintRule>): readonly FieldError[] {
  const { driver, pool, device } = spec.deviceSelector ?? {};
  const path = 'spec.deviceSelector';
  return [
    ...(driver === undefined ? [] : validateDriverName(driver, `${path}.driver`)),
    ...(pool === undefined ? [] : validatePoolName(pool, `${path}.pool`)),
    ...(device === undefined ? [] : validateLabelName(device, `${path}.device`)),
    ...validateTaint(spec.taint ?? {}, previous?.spec?.taint?.effect, 'spec.taint'),
  ];
}

export const deviceTaintRuleRules = rulesOf<DeviceTaintRule>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  initialStatus: () => ({}),
  statusAlone: true,
  generation: true,
  validate,
  validateStatus({ status }) {
    const { conditions = [] } = status ?? {};
    const errors = validateConditions(conditions, 'status.conditions');
    if (conditions.length <= CONDITIONS) return errors;
    return [...errors, tooMany('status.conditions', conditions.length, CONDITIONS)];
  },
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
