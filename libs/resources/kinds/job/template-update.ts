import type { FieldError } from '../../field-error.ts';
import type { Affinity, Container, Job, PodTemplateSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateImmutable } from '../../validation/immutable.ts';

const PATH = 'spec.template';

/** While a Job is suspended and none of its pods is left, where they go and what they ask for may still change. */
export function validateTemplateUpdate(next: Given<Job>, previous: Given<Job>): readonly FieldError[] {
  const [now, before] = [next.spec?.template ?? {}, previous.spec?.template ?? {}];
  if (!isAtRest(previous)) return validateImmutable(now, before, PATH);
  const { spec } = withWhatMayChange(before, now);
  return validateImmutable(now.spec, spec, `${PATH}.spec`);
}

function isAtRest({ spec, status }: Given<Job>): boolean {
  if (spec?.suspend !== true || (status?.active ?? 0) > 0) return false;
  const isSuspended = status?.conditions?.some((one) => one.type === 'Suspended' && one.status === 'True') === true;
  return status?.startTime === undefined || isSuspended;
}

/** The template as it was, with what may change as it is now. */
function withWhatMayChange(before: Given<PodTemplateSpec>, now: Given<PodTemplateSpec>): Given<PodTemplateSpec> {
  const { affinity, nodeSelector, tolerations, schedulingGates } = now.spec ?? {};
  const { containers, initContainers } = before.spec ?? {};
  return {
    ...before,
    spec: {
      ...before.spec,
      ...absentOr('affinity', affinityOf(before.spec?.affinity, affinity)),
      ...absentOr('nodeSelector', nodeSelector),
      ...absentOr('tolerations', tolerations),
      ...absentOr('schedulingGates', schedulingGates),
      ...absentOr('containers', withResourcesOf(containers, now.spec?.containers)),
      ...absentOr('initContainers', withResourcesOf(initContainers, now.spec?.initContainers)),
    },
  };
}

/** A field with a value, or one taken away. */
function absentOr<Name extends string, Value>(name: Name, value: Value): { readonly [Key in Name]: Value } {
  return { [name]: value } as { readonly [Key in Name]: Value };
}

/** Only the affinity to nodes may change, and be taken away where it was the only one. */
function affinityOf(
  before: Given<Affinity> | undefined,
  now: Given<Affinity> | undefined,
): Given<Affinity> | undefined {
  const { podAffinity, podAntiAffinity } = before ?? {};
  const others = {
    ...(podAffinity === undefined ? {} : { podAffinity }),
    ...(podAntiAffinity === undefined ? {} : { podAntiAffinity }),
  };
  if (now === undefined) return Object.keys(others).length === 0 ? undefined : others;
  return { ...others, ...(now.nodeAffinity === undefined ? {} : { nodeAffinity: now.nodeAffinity }) };
}

function withResourcesOf(
  before: readonly Given<Container>[] | undefined,
  now: readonly Given<Container>[] | undefined,
): readonly Given<Container>[] | undefined {
  if (before === undefined || before.length !== (now ?? []).length) return before;
  return before.map((container, at) => {
    const current = now?.[at];
    if (current === undefined || current.name !== container.name) return container;
    const { resources: _, ...rest } = container;
    return current.resources === undefined ? rest : { ...rest, resources: current.resources };
  });
}
