import type { Revision } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { revisionTooLarge } from '../http/rejections.ts';
import type { ApiContext } from './context.ts';

/** Waits until the resource has reached a revision the caller names; 504 when it does not within the bound. */
export async function waitForRevision(
  context: ApiContext,
  definition: ResourceDefinition,
  at: Revision,
  signal: AbortSignal,
): Promise<Rejection | undefined> {
  if (context.state.revision(definition) >= at) return undefined;
  try {
    await context.state.waitFor(definition, at, signal);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OperatingError && thrown.code === 'timeout') {
      return revisionTooLarge(at, context.state.revision(definition));
    }
    throw thrown;
  }
}
