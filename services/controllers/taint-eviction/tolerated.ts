import { tolerates } from '@taffrail/controller/toleration';
import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Taint, Toleration } from '@taffrail/resources/generated/types';

/**
 * When a pod has to leave a node with these NoExecute taints, epoch milliseconds; undefined for never, and for as long as
 * a taint that is tolerated for a while has not been given its date.
 */
export function evictionAtMs(taints: readonly Taint[], tolerations: readonly Toleration[]): number | undefined {
  let earliest: number | undefined;
  for (const taint of taints) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    const since = parseRfc3339(taint.timeAdded ?? '');
    const limited = matching
      .map((toleration) => toleration.tolerationSeconds)
      .filter((seconds) => seconds !== undefined);
    if (matching.length > 0 && limited.length === 0) continue;
    if (matching.length > 0 && since === undefined) continue;
    const seconds = matching.length === 0 ? 0 : Math.max(0, Math.min(...limited));
    const at = (since ?? 0) + seconds * 1000;
    earliest = Math.min(earliest ?? at, at);
  }
  return earliest;
}
