import { tolerates } from '@taffrail/controller/toleration';
import { FITS, type Filter } from './filter.ts';

/** Every NoSchedule and NoExecute taint has to be tolerated; the first that is not explains. */
export const taintToleration: Filter = Object.freeze<Filter>({
  name: 'TaintToleration',
  refusals(pod, { node }) {
    const tolerations = pod.spec?.tolerations ?? [];
    const untolerated = (node.spec?.taints ?? []).find(
      (taint) =>
        (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
        !tolerations.some((toleration) => tolerates(toleration, taint)),
    );
    if (untolerated === undefined) return FITS;
    return [`node(s) had untolerated taint {${untolerated.key}: ${untolerated.value ?? ''}}`];
  },
});
