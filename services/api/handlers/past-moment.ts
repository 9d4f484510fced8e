import { sequenceOf, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { allResources } from '@taffrail/resources/registry';
import type { ApiContext } from './context.ts';
import type { Moment } from './history-query.ts';
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
  const wanted = sequenceOf(context.state.revision(definition));
  const deadlineMs = context.clock.nowMs() + limits.waitForRevisionMs;
  for (;;) {
    if (((await context.readModel.position(logOf(definition)))?.sequence ?? 0) >= wanted) return true;
    if (context.clock.nowMs() >= deadlineMs) return false;
    await context.clock.sleep(limits.projectionShortPollMs, signal);
  }
}

/**
 * The last revision of a moment: a time means the last commit not later than it, a revision the end of its transaction.
 * Undefined before the first commit.
 */
export async function revisionAt(
  { readModel }: Pick<ApiContext, 'readModel'>,
  log: string,
  moment: Moment,
): Promise<Revision | undefined> {
  const found =
    'revision' in moment
      ? await readModel.momentAtRevision(log, moment.revision)
      : await readModel.momentAtTime(log, moment.timeMs);
  return found?.revision;
}
