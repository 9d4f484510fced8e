import { tolerates } from '@taffrail/controller/toleration';
import { normalized, type Score } from './score.ts';

/** Prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate. */
export const preferredTaints: Score = Object.freeze<Score>({
  name: 'TaintToleration',
  weight: 3,
  scores(pod, nodes) {
    const tolerations = pod.spec?.tolerations ?? [];
    const counts = nodes.map(
      ({ node }) =>
        (node.spec?.taints ?? []).filter(
          (taint) =>
            taint.effect === 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
        ).length,
    );
    return normalized(counts, true);
  },
});
