import type { Node } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { rulesOf } from '../strategy.ts';
import { defaultNode } from './defaults.ts';
import { nodeCells } from './table.ts';
import { validateNode, validateNodeStatus, validateNodeUpdate } from './validate.ts';
import { nodeWarnings } from './warnings.ts';

export const nodeRules = rulesOf<Node>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults: defaultNode,
  // An agent registers its node together with its first status.
  initialStatus: (node) => structuredClone(node.status ?? {}),
  prepareForCreate: (node) => dropConfiguration(node),
  prepareForUpdate: dropConfiguration,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatus: validateNodeStatus,
  warnings: nodeWarnings,
  selectable: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  cells: nodeCells,
});

/** Agents take no configuration from the API any more: only a node that has one keeps it. In place. */
function dropConfiguration(node: Draft<Node>, previous?: Given<Node>): void {
  if (node.spec !== undefined && previous?.spec?.configSource === undefined) delete node.spec.configSource;
  if (node.status !== undefined && previous?.status?.config === undefined) delete node.status.config;
}
