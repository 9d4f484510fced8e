import type { FieldError } from '../../field-error.ts';
import type {
  PodTemplateSpec,
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetSpec,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { validateCollisions, validateReplicaCounts } from '../../validation/at-most-replicas.ts';
import { child, forbidden, index, invalid, invalids, notSupported, type Path } from '../../validation/field.ts';
import { goIntOrString, goStructure } from '../../validation/go-syntax.ts';
import { asCount, validateAtMostWhole, validateIntOrPercent } from '../../validation/int-or-percent.ts';
import { validateLabels } from '../../validation/labels.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { validateLastingPods, validatePodTemplate, validateWorkload } from '../../validation/workload.ts';
import { validateClaimSpec } from '../persistentvolumeclaim/validate.ts';
import { equal } from '../strategy.ts';

const RETENTIONS: readonly string[] = ['Retain', 'Delete'];

export function validateStatefulSet(
  { spec = {} }: Given<StatefulSet>,
  previous?: Given<StatefulSet>,
): readonly FieldError[] {
  return [
    ...validatePolicies(spec),
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    // It never changes, and whoever has one of old keeps it.
    ...(previous === undefined && (spec.serviceName ?? '') !== ''
      ? invalids('spec.serviceName', spec.serviceName, dns1123Label(spec.serviceName ?? ''))
      : []),
    ...validateWorkload(spec, { ofSelector: 'statefulset', unreadable: '' }, (template) => [
      ...validatePodTemplate(withClaims(template, spec), 'spec.template'),
    ]),
    ...validateLastingPods(spec.template?.spec ?? {}, 'spec.template.spec', 'StatefulSet'),
  ];
}

function validatePolicies(spec: Given<StatefulSetSpec>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const management = spec.podManagementPolicy ?? '';
  if (management !== 'OrderedReady' && management !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"));
  }
  const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
  const path = 'spec.updateStrategy';
  if (type === 'OnDelete') {
    if (rollingUpdate !== undefined) {
      const detail = "only allowed for updateStrategy 'RollingUpdate'";
      errors.push(invalid(`${path}.rollingUpdate`, goStructure(goRollingUpdate(rollingUpdate)), detail));
    }
  } else if (type === 'RollingUpdate') {
    errors.push(...validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`));
  } else {
    const shown = rollingUpdate === undefined ? undefined : goRollingUpdate(rollingUpdate);
    errors.push(
      invalid(path, goStructure({ Type: type, RollingUpdate: shown }), "must be 'RollingUpdate' or 'OnDelete'"),
    );
  }
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const retention = spec.persistentVolumeClaimRetentionPolicy?.[field] ?? '';
    if (!RETENTIONS.includes(retention)) {
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, retention, RETENTIONS));
    }
  }
  return errors;
}

type RollingUpdate = Given<RollingUpdateStatefulSetStrategy>;

function goRollingUpdate({ partition = 0, maxUnavailable }: RollingUpdate): Readonly<Record<string, unknown>> {
  return { Partition: partition, MaxUnavailable: maxUnavailable };
}

function validateRollingUpdate(rollingUpdate: RollingUpdate | undefined, path: Path): readonly FieldError[] {
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  const here = child(path, 'maxUnavailable');
  const errors = [...validateNonNegative(partition, child(path, 'partition'))];
  if (maxUnavailable === undefined) return errors;
  errors.push(...validateIntOrPercent(maxUnavailable, here));
  if (asCount(maxUnavailable) === 0) errors.push(invalid(here, goIntOrString(maxUnavailable), 'cannot be 0'));
  return [...errors, ...validateAtMostWhole(maxUnavailable, here)];
}

/** The template as its pods will be: each claim template is a volume of its name, in place of one the template has. */
function withClaims(template: Given<PodTemplateSpec>, spec: Given<StatefulSetSpec>): Given<PodTemplateSpec> {
  const claims = (spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata?.name ?? '');
  if (claims.length === 0) return template;
  const others = (template.spec?.volumes ?? []).filter((volume) => !claims.includes(volume.name ?? ''));
  const volumes = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...others, ...volumes] } };
}

/** Each claim of a new set would be accepted by itself; nobody can change them later. */
export function validateClaimTemplates({ spec }: Given<StatefulSet>): readonly FieldError[] {
  return (spec?.volumeClaimTemplates ?? []).flatMap((claim, at) => {
    const path = index('spec.volumeClaimTemplates', at);
    return [
      ...validateLabels(claim.metadata?.labels, `${path}.metadata.labels`),
      ...validateClaimSpec(claim.spec ?? {}, `${path}.spec`),
    ];
  });
}

/** What a rollout or the size of the set needs; everything else of the spec stays. */
const CHANGEABLE: readonly string[] = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
  'revisionHistoryLimit',
];

/** Worded as v1.32 words it; since v1.33 the history's limit may change too, and it may here. */
const SPEC_FORBIDDEN =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export function validateStatefulSetUpdate(
  next: Given<StatefulSet>,
  previous: Given<StatefulSet>,
): readonly FieldError[] {
  const fixed = (set: Given<StatefulSet>): JsonValue =>
    Object.fromEntries(Object.entries(set.spec ?? {}).filter(([name]) => !CHANGEABLE.includes(name))) as JsonValue;
  return equal(fixed(next), fixed(previous)) ? [] : [forbidden('spec', SPEC_FORBIDDEN)];
}

const PARTS = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;

export function validateStatefulSetStatus(
  next: Given<StatefulSet>,
  previous: Given<StatefulSet>,
): readonly FieldError[] {
  const { status = {} } = next;
  const counts = ['replicas', ...PARTS, 'observedGeneration', 'collisionCount'] as const;
  const errors = [...validateReplicaCounts(status, counts, PARTS, status.replicas ?? 0)];
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    const detail = 'cannot be greater than status.readyReplicas';
    errors.push(invalid('status.availableReplicas', status.availableReplicas, detail));
  }
  return [...errors, ...validateCollisions(status.collisionCount, previous.status?.collisionCount)];
}
