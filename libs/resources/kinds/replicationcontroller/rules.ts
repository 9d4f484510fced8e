import type { FieldError } from '../../field-error.ts';
import type { ReplicationController } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateReplicaCounts } from '../../validation/at-most-replicas.ts';
import { invalid, required } from '../../validation/field.ts';
import { goMap } from '../../validation/go-syntax.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { SELECTOR_MISMATCH, validateLastingPods, validatePodTemplate } from '../../validation/workload.ts';
import { age, labelsText } from '../cells.ts';
import { nullTimes } from '../null-times.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';
import { workloadWarnings } from '../workload-warnings.ts';

/** A controller without labels or selector takes its template's. */
function defaults(controller: Draft<ReplicationController>): void {
  const spec = (controller.spec ??= {});
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined && Object.keys(labels).length > 0) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    const metadata = (controller.metadata ??= {});
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  if (spec.template !== undefined) defaultPodTemplate(spec.template);
  const status = (controller.status ??= {});
  status.replicas ??= 0;
  nullTimes(status.conditions, 'lastTransitionTime');
}

function validate(controller: Given<ReplicationController>): readonly FieldError[] {
  const { spec = {} } = controller;
  const { selector = {}, template } = spec;
  return [
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(Object.keys(selector).length === 0 ? [required('spec.selector')] : []),
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...(template === undefined ? [required('spec.template')] : validateTemplate(selector, template)),
  ];
}

function validateTemplate(
  selector: Readonly<Record<string, string | undefined>>,
  template: NonNullable<Given<ReplicationController>['spec']>['template'] & object,
): readonly FieldError[] {
  const labels = template.metadata?.labels ?? {};
  const matches = Object.entries(selector).every(([name, value]) => labels[name] === value);
  return [
    ...(matches ? [] : [invalid('spec.template.metadata.labels', goMap(template.metadata?.labels), SELECTOR_MISMATCH)]),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateLastingPods(template.spec ?? {}, 'spec.template.spec', 'ReplicationController'),
  ];
}

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

function validateStatus({ status = {} }: Given<ReplicationController>): readonly FieldError[] {
  const counts = ['replicas', ...PARTS, 'observedGeneration'] as const;
  const errors = [...validateReplicaCounts(status, counts, PARTS, status.replicas ?? 0)];
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  }
  return errors;
}

export const replicationControllerRules = rulesOf<ReplicationController>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({ replicas: 0 }),
  generation: true,
  validate,
  validateStatus,
  warnings: workloadWarnings,
  selectable: { 'status.replicas': (controller) => String(controller.status?.replicas ?? 0) },
  cells: (controller) => [
    controller.metadata?.name ?? '',
    controller.spec?.replicas ?? 0,
    controller.status?.replicas ?? 0,
    controller.status?.readyReplicas ?? 0,
    age(controller.metadata),
    containerNames(controller.spec?.template?.spec),
    containerImages(controller.spec?.template?.spec),
    labelsText(controller.spec?.selector),
  ],
});
