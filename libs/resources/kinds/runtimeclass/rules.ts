import type { RuntimeClass } from '../../generated/types.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { invalids } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateLabels } from '../../validation/labels.ts';
import { validateResources } from '../../validation/pod/resources.ts';
import { validateTolerations } from '../../validation/pod/scheduling.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { oldNodeLabel } from '../node-labels.ts';
import { canonicalQuantities } from '../quantities.ts';
import { rulesOf } from '../strategy.ts';

export const runtimeClassColumns = [NAME, narrow('Handler', 'What the runtime calls it'), AGE] as const;

export const runtimeClassRules = rulesOf<RuntimeClass>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(one) {
    canonicalQuantities(one.overhead?.podFixed);
    for (const toleration of one.scheduling?.tolerations ?? []) {
      if ((toleration.operator ?? '') === '' && (toleration.key ?? '') !== '') toleration.operator = 'Equal';
    }
  },
  validate: ({ handler = '', overhead, scheduling }) => [
    ...invalids('handler', handler, dns1123Label(handler)),
    ...(overhead?.podFixed === undefined
      ? []
      : validateResources({ limits: overhead.podFixed }, new Set(), 'overhead')),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
  ],
  validateUpdate: (next, previous) => validateImmutable(next.handler, previous.handler, 'handler'),
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((label) => oldNodeLabel(label, 'scheduling.nodeSelector')),
  cells: ({ metadata, handler = '' }) => [metadata?.name ?? '', handler, age(metadata)],
});
