import type { FieldError } from '../field-error.ts';
import type { LabelSelector, PodSpec, PodTemplateSpec } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { validateAnnotations } from './metadata.ts';
import { child, forbidden, invalid, notSupported, type Path, required } from './field.ts';
import { goLabelSelector, goMap } from './go-syntax.ts';
import { validateLabels } from './labels.ts';
import { validatePodSpec } from './pod/spec.ts';
import { isEmptySelector, selectorMatches, validateLabelSelector } from './selector.ts';

/** A workload's selector: valid and not empty. */
export function validateWorkloadSelector(
  selector: Given<LabelSelector> | undefined,
  path: Path,
  kind: string,
): readonly FieldError[] {
  if (selector === undefined) return [required(path)];
  const errors = validateLabelSelector(selector, path);
  if (!isEmptySelector(selector)) return errors;
  return [...errors, invalid(path, goLabelSelector(selector), `empty selector is invalid for ${kind}`)];
}

/** A workload's pod template: its own rules, and the selector must find its pods. */
export function validateWorkloadTemplate(
  template: Given<PodTemplateSpec> | undefined,
  selector: Given<LabelSelector> | undefined,
  path: Path,
): readonly FieldError[] {
  const labels = template?.metadata?.labels;
  const errors: FieldError[] = [];
  if (!selectorMatches(selector, labels ?? {})) {
    errors.push(invalid(child(path, 'metadata', 'labels'), goMap(labels), SELECTOR_MISMATCH));
  }
  return [
    ...errors,
    ...validatePodTemplate(template ?? {}, path),
    ...validateLastingPods(template?.spec ?? {}, child(path, 'spec'), 'ReplicaSet'),
  ];
}

/** The pods of a workload that keeps a number of them running: they restart, and have no deadline. */
export function validateLastingPods(spec: Given<PodSpec>, path: Path, kind: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (spec.restartPolicy !== 'Always') {
    errors.push(notSupported(child(path, 'restartPolicy'), spec.restartPolicy ?? '', ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    errors.push(forbidden(child(path, 'activeDeadlineSeconds'), `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return errors;
}

/** What is said of a selector that would not find the pods of its own template. */
export const SELECTOR_MISMATCH = '`selector` does not match template `labels`';

/** A pod template on its own. */
export function validatePodTemplate(template: Given<PodTemplateSpec>, path: Path): readonly FieldError[] {
  const errors = [
    ...validateLabels(template.metadata?.labels, child(path, 'labels')),
    ...validateAnnotations(template.metadata?.annotations, child(path, 'annotations')),
    ...validatePodSpec(template.spec ?? {}, child(path, 'spec')),
  ];
  if ((template.spec?.ephemeralContainers ?? []).length > 0) {
    const field = child(path, 'spec', 'ephemeralContainers');
    errors.push(forbidden(field, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
}
