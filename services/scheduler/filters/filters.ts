import type { Filter } from './filter.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { taintToleration } from './taint-toleration.ts';

/** In the order Kubernetes asks them, which decides what explains a refusal. */
export const filters: readonly Filter[] = Object.freeze([
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
]);

/** What a node refuses a pod for whatever other pods are on it: making some go is no help. */
export const unhelped: readonly Filter[] = Object.freeze([nodeUnschedulable, nodeName, taintToleration, nodeAffinity]);
