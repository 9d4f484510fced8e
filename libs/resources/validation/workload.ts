import type { FieldError } from '../field-error.ts';
import type { LabelSelector, PodTemplateSpec } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { validateAnnotations } from './metadata.ts';
import { child, invalid, notSupported, type Path, required } from './field.ts';
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
    errors.push(
      invalid(child(path, 'metadata', 'labels'), goMap(labels), '`selector` does not match template `labels`'),
    );
  }
  errors.push(...validatePodTemplate(template ?? {}, path));
  const policy = template?.spec?.restartPolicy;
  if (policy !== 'Always') {
    errors.push(notSupported(child(path, 'spec', 'restartPolicy'), policy ?? '', ['Always']));
  }
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    errors.push({
      type: 'FieldValueForbidden',
      field: child(path, 'spec', 'activeDeadlineSeconds'),
      message: 'Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    });
  }
  return errors;
}

/** A pod template on its own. */
export function validatePodTemplate(template: Given<PodTemplateSpec>, path: Path): readonly FieldError[] {
  const errors = [
    ...validateLabels(template.metadata?.labels, child(path, 'labels')),
    ...validateAnnotations(template.metadata?.annotations, child(path, 'annotations')),
    ...validatePodSpec(template.spec ?? {}, child(path, 'spec')),
  ];
  if ((template.spec?.ephemeralContainers ?? []).length > 0) {
    errors.push({
      type: 'FieldValueForbidden',
      field: child(path, 'spec', 'ephemeralContainers'),
      message: 'Forbidden: ephemeral containers not allowed in pod template',
    });
  }
  return errors;
}
