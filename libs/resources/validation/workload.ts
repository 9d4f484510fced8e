import type { FieldError } from '../field-error.ts';
import type { LabelSelector, PodSpec, PodTemplateSpec } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { validateAnnotations } from './metadata.ts';
import { child, forbidden, invalid, notSupported, type Path, required } from './field.ts';
import { goLabelSelector, goMap } from './go-syntax.ts';
import { validateLabels } from './labels.ts';
import { validatePodAnnotations, validateProfilesMatch } from './pod/annotations.ts';
import { validatePodSpec } from './pod/spec.ts';
import { isEmptySelector, selectorMatches, validateLabelSelector } from './selector.ts';

/** What is said of the template only where the selector can be read. */
export interface Workload {
  readonly selector?: Given<LabelSelector> | undefined;
  readonly template?: Given<PodTemplateSpec> | undefined;
}

/** How kinds word what all of them check. */
export interface WorkloadWords {
  /** The kind that an empty selector is said to be invalid for. */
  readonly ofSelector: string;
  /** What follows the value of a selector that cannot be read. */
  readonly unreadable: string;
}

/** The words of Deployments, which ReplicaSets use as well. */
export const REPLICATED: WorkloadWords = { ofSelector: 'deployment', unreadable: 'invalid label selector' };

/** A workload's selector: there, valid and not empty; then `validateTemplate`, unless nobody can tell which pods it would find. */
export function validateWorkload(
  { selector, template }: Workload,
  { ofSelector, unreadable }: WorkloadWords,
  validateTemplate: (template: Given<PodTemplateSpec>) => readonly FieldError[],
): readonly FieldError[] {
  const path = 'spec.selector';
  const faults = validateLabelSelector(selector, path);
  const errors = selector === undefined ? [required(path)] : [...faults];
  const shown = goLabelSelector(selector ?? {});
  if (selector !== undefined && isEmptySelector(selector)) {
    errors.push(invalid(path, shown, `empty selector is invalid for ${ofSelector}`));
  }
  if (faults.length > 0) return [...errors, invalid(path, shown, unreadable)];
  return [...errors, ...validateSelected(template, selector, 'spec.template'), ...validateTemplate(template ?? {})];
}

/** A selector that can be read must find the pods of its own template. */
export function validateSelected(
  template: Given<PodTemplateSpec> | undefined,
  selector: Given<LabelSelector> | undefined,
  path: Path,
): readonly FieldError[] {
  if (validateLabelSelector(selector, path).length > 0) return [];
  const labels = template?.metadata?.labels;
  if (selectorMatches(selector, labels ?? {})) return [];
  return [invalid(child(path, 'metadata', 'labels'), goMap(labels), SELECTOR_MISMATCH)];
}

/** The template of a Deployment or ReplicaSet. */
export function validateReplicatedTemplate(template: Given<PodTemplateSpec>): readonly FieldError[] {
  const path = 'spec.template';
  return [
    ...validatePodTemplate(template, path),
    ...validateLastingPods(template.spec ?? {}, child(path, 'spec'), 'ReplicaSet'),
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
  const { metadata = {}, spec = {} } = template;
  const annotations = child(path, 'annotations');
  const here = child(path, 'spec');
  const errors = [
    ...validateLabels(metadata.labels, child(path, 'labels')),
    ...validateAnnotations(metadata.annotations, annotations),
    ...validatePodAnnotations(metadata.annotations, spec, annotations),
    ...validatePodSpec(spec, here),
    ...validateProfilesMatch(metadata.annotations, spec, here),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    const field = child(here, 'ephemeralContainers');
    errors.push(forbidden(field, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
}
