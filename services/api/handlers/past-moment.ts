import { assert } from '@taffrail/platform/assert';
import type { Revision } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { allResources } from '@taffrail/resources/registry';
import type { ApiContext } from './context.ts';
import type { AskedMoment } from './moment.ts';
import { waitForProjection } from './projected.ts';
import { logOf } from './watch-backlog.ts';

/** A resource in whichever version; undefined for one the server does not know (any more). */
export function anyVersionOf(group: string, resource: string): ResourceDefinition | undefined {
  return allResources().find((one) => one.group === group && one.resource === resource);
}

/** Some resource of LOG, for questions about LOG as a whole. */
const IN_LOG = anyVersionOf('', 'configmaps');

/**
 * Waits until the projection shows what was committed before this call, so that nobody misses a change of his own. False
 * when it takes too long: then the newest changes may be missing.
 */
export async function untilProjected(
  context: ApiContext,
  resource: ResourceDefinition | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const definition = resource ?? IN_LOG;
  if (definition === undefined) return true;
  await context.state.confirm(definition, signal);
  try {
    await waitForProjection(context, logOf(definition), context.state.revision(definition), signal);
    return true;
  } catch (thrown) {
    if (thrown instanceof OperatingError && thrown.code === 'timeout') return false;
    throw thrown;
  }
}

/**
 * The last revision of a moment, which may lie in the future: a time means the last commit not later than it, a revision
 * the end of its transaction. Undefined before the first commit.
 */
export async function revisionAt(
  { readModel }: Pick<ApiContext, 'readModel'>,
  log: string,
  moment: AskedMoment,
): Promise<Revision | undefined> {
  const found =
    moment.type === 'revision'
      ? await readModel.momentAtRevision(log, moment.revision)
      : await readModel.momentAtTime(log, moment.timeMs);
  return found?.revision;
}

/** Where LOG stands now, with everything before it projected. Throws OperatingError `timeout` when that takes too long. */
export async function headRevision(context: ApiContext, signal: AbortSignal): Promise<Revision> {
  assert(IN_LOG !== undefined, 'ConfigMaps are served');
  await context.state.confirm(IN_LOG, signal);
  const head = context.state.revision(IN_LOG);
  await waitForProjection(context, 'LOG', head, signal);
  return head;
}
