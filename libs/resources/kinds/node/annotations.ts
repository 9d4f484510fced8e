import type { FieldError } from '../../field-error.ts';
import type { Taint } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { child, index, invalid, type Path, required } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { validateTaints } from './taints.ts';

const TAINTS = 'scheduler.alpha.kubernetes.io/taints';
const AVOIDED = 'scheduler.alpha.kubernetes.io/preferAvoidPods';

/** What was said of nodes in annotations before there were fields for it; nobody reads it any more. */
export function validateNodeAnnotations(annotations: GivenMap | undefined, path: Path): readonly FieldError[] {
  return [
    ...validateJson(annotations?.[TAINTS], TAINTS, path, (taints) =>
      Array.isArray(taints) ? validateTaints(taints as readonly Given<Taint>[], child(path, TAINTS)) : [],
    ),
    ...validateJson(annotations?.[AVOIDED], AVOIDED, path, (avoided) =>
      ((avoided as Avoided | null)?.preferAvoidPods ?? []).flatMap(({ podSignature }, at) =>
        validateSignature(podSignature, index(child(path, AVOIDED), at)),
      ),
    ),
  ];
}

interface Controller {
  readonly controller?: boolean;
}

interface Avoided {
  readonly preferAvoidPods?: readonly { readonly podSignature?: { readonly podController?: Controller } }[];
}

function validateJson(
  text: string | undefined,
  name: string,
  path: Path,
  rule: (value: JsonValue) => readonly FieldError[],
): readonly FieldError[] {
  if (text === undefined || text === '') return [];
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return [invalid(path, name, error instanceof Error ? error.message : String(error))];
  }
  return rule(value);
}

function validateSignature(
  signature: { readonly podController?: Controller } | undefined,
  path: Path,
): readonly FieldError[] {
  const here = child(path, 'PodSignature');
  const { podController } = signature ?? {};
  if (podController === undefined) return [required(here)];
  if (podController.controller === true) return [];
  const detail = 'must point to a controller';
  return [invalid(child(here, 'PodController'), goStructure({ ...podController }), detail)];
}
