import { tolerates } from '@taffrail/controller/toleration';
import { FITS, type Filter } from './filter.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** A cordoned node takes only pods that tolerate that. */
export const nodeUnschedulable: Filter = Object.freeze<Filter>({
  name: 'NodeUnschedulable',
  refusals(pod, { node }) {
    if (node.spec?.unschedulable !== true) return FITS;
    const tolerated = (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, TAINT));
    return tolerated ? FITS : ['node(s) were unschedulable'];
  },
});
