import type { Namespace } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { nullTimes } from '../null-times.ts';
import { rulesOf } from '../strategy.ts';
import {
  validateFinalizers,
  validateFinalizerUpdate,
  validateNamespaceStatus,
  validateSecurityLabels,
} from './validate.ts';

/** The label that lets selectors name a namespace. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

function defaults(namespace: Draft<Namespace>): void {
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ??= 'Active';
  nullTimes(namespace.status.conditions, 'lastTransitionTime');
  const metadata = (namespace.metadata ??= {});
  if (metadata.name !== undefined && metadata.name !== '') {
    metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
  }
}

export const namespaceRules = rulesOf<Namespace>({
  metadata: { namespaced: false, name: dns1123Label },
  defaults,
  initialStatus: () => ({ phase: 'Active' }),
  prepareForCreate(namespace) {
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
    if (namespace.metadata?.name !== undefined) {
      namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name };
    }
  },
  prepareForUpdate(next, previous, subresource) {
    if (subresource === 'finalize' || subresource === 'status') return;
    next.spec = previous.spec?.finalizers === undefined ? {} : { finalizers: [...previous.spec.finalizers] };
  },
  validate: validateSecurityLabels,
  validateCreation: validateFinalizers,
  validateUpdate: (next, _previous, subresource) => (subresource === 'finalize' ? validateFinalizerUpdate(next) : []),
  validateStatus: validateNamespaceStatus,
  selectable: { 'status.phase': (namespace) => namespace.status?.phase ?? '', name: (one) => one.metadata?.name ?? '' },
  cells: (namespace) => [namespace.metadata?.name ?? '', namespace.status?.phase ?? '', age(namespace.metadata)],
});
