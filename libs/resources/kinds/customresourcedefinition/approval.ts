import type { FieldError } from '../../field-error.ts';
import type { CustomResourceDefinition } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { invalid, key, required } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';

type Definition = Given<CustomResourceDefinition>;

const ANNOTATION = 'api-approved.kubernetes.io';
const PROTECTED: readonly string[] = ['k8s.io', 'kubernetes.io'];
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';
const NEEDED = `protected groups must have approval annotation ${quoted(ANNOTATION)}`;

type State = 'missing' | 'bypassed' | 'approved' | 'invalid';

/** In Kubernetes' own groups a definition says who approved of it, or that nobody did. */
export function validateApproval(next: Definition, previous: Definition | undefined): readonly FieldError[] {
  const { group = '' } = next.spec ?? {};
  if (!PROTECTED.some((domain) => group === domain || group.endsWith(`.${domain}`))) return [];
  const state = stateOf(next);
  if (previous !== undefined && stateOf(previous) === state) return [];
  const path = key('metadata.annotations', ANNOTATION);
  if (state === 'missing') return [required(path, `${NEEDED}, ${SEE}`)];
  if (state !== 'invalid') return [];
  return [
    invalid(path, annotationOf(next), `${NEEDED} with either a URL or a reason starting with "unapproved", ${SEE}`),
  ];
}

function annotationOf({ metadata }: Definition): string {
  return metadata?.annotations?.[ANNOTATION] ?? '';
}

function stateOf(one: Definition): State {
  const annotation = annotationOf(one);
  if (annotation === '') return 'missing';
  if (annotation.startsWith('unapproved')) return 'bypassed';
  const url = URL.parse(annotation);
  return url !== null && url.host !== '' ? 'approved' : 'invalid';
}
