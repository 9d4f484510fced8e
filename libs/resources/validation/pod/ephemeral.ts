import type { FieldError } from '../../field-error.ts';
import type { EphemeralContainer } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, duplicate, forbidden, index, notFound, type Path } from '../field.ts';
import { type PodAround, validateCommon, validateImageSpaces } from './containers.ts';

/** In the order in which Kubernetes reports them. */
const FORBIDDEN = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Ephemeral containers: for looking at a running pod, so nothing a pod would rely on. */
export function validateEphemeralContainers(around: PodAround, path: Path): readonly FieldError[] {
  const containers = around.spec.ephemeralContainers ?? [];
  if (containers.length === 0) return [];
  const targets = new Set(
    [...(around.spec.containers ?? []), ...(around.spec.initContainers ?? [])].map((one) => one.name ?? ''),
  );
  const names = new Set(targets);
  return containers.flatMap((container, at) => {
    const here = index(path, at);
    const name = container.name ?? '';
    const target = container.targetContainerName ?? '';
    const errors = [...validateCommon(container, around, here), ...validateImageSpaces(container, here)];
    if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    names.add(name);
    if (target !== '' && !targets.has(target)) errors.push(notFound(child(here, 'targetContainerName'), target));
    errors.push(...validateFields(container, here));
    return errors;
  });
}

function validateFields(container: Given<EphemeralContainer>, path: Path): readonly FieldError[] {
  const detail = 'cannot be set for an Ephemeral Container';
  const errors: FieldError[] = FORBIDDEN.filter((field) => isSet(container, field)).map((field) =>
    forbidden(child(path, field), detail),
  );
  for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
    const here = index(child(path, 'volumeMounts'), at);
    for (const field of ['subPath', 'subPathExpr'] as const) {
      if ((mount[field] ?? '') !== '') errors.push(forbidden(child(here, field), detail));
    }
  }
  return errors;
}

/** Every container has resources, by default none. */
function isSet(container: Given<EphemeralContainer>, field: (typeof FORBIDDEN)[number]): boolean {
  if (field === 'resources') return Object.keys(container.resources ?? {}).length > 0;
  return container[field] !== undefined;
}
