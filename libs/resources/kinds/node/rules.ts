import type { Node } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { rulesOf } from '../strategy.ts';
import { defaultNode } from './defaults.ts';
import { nodeCells } from './table.ts';
import { validateNode, validateNodeStatus, validateNodeUpdate } from './validate.ts';

export const nodeRules = rulesOf<Node>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults: defaultNode,
  // An agent registers its node together with its first status.
  initialStatus: (node) => structuredClone(node.status ?? {}),
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatus: validateNodeStatus,
  selectable: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  cells: nodeCells,
});
