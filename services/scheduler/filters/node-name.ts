import { FITS, type Filter } from './filter.ts';

/** A pod that names its node goes nowhere else. */
export const nodeName: Filter = Object.freeze<Filter>({
  name: 'NodeName',
  refusals(pod, node) {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' || wanted === node.name ? FITS : ["node(s) didn't match the requested node name"];
  },
});
