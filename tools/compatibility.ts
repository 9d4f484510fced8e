/**
 * Writes docs/COMPATIBILITY.md from the registry: which kinds are served, with which verbs, and what acts on them.
 * `--check` compares instead: exit 1 when the file is not what this makes. Run as `npm run compatibility`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isStored, type ServedResource, type SubresourceDefinition } from '@taffrail/resources/definition';
import {
  DISCOVERY_DIFFERENCES,
  OPENAPI_DIFFERENCES,
  UNCOMPARED,
  type KnownDifference,
} from '@taffrail/machinery/openapi/testing/known-differences';
import { storageOf } from '@taffrail/resources/conversion';
import { apiVersionOf } from '@taffrail/resources/object';
import { servedResources } from '@taffrail/resources/registry';

/** What acts on objects of a kind, beside the API server itself. A kind that is not named is stored and served, and no more. */
const ACTORS: Readonly<Record<string, string>> = {
  '/Endpoints': 'controllers (endpoints), API server (its own)',
  '/Event': 'log (expiry after the window)',
  '/Namespace': 'controllers (deletion of its content), default service account',
  '/Node': 'node agent, controllers (lifecycle, taints)',
  '/Pod': 'scheduler, node agent, garbage collection',
  '/Service': 'API server (addresses, node ports), controllers (endpoints), node agent',
  '/PersistentVolume': 'controllers (protection while it is bound)',
  '/PersistentVolumeClaim': 'API server (default class), controllers (protection while it is used)',
  'storage.k8s.io/VolumeAttributesClass': 'controllers (protection while it is used)',
  '/ServiceAccount': 'controllers (default account), admission',
  '/ConfigMap': 'node agent (volumes, environment), controllers (root CA, CA of Services)',
  '/Secret': 'node agent (volumes, environment)',
  '/ResourceQuota': 'API server (usage, with every write), controllers (first count)',
  '/LimitRange': 'API server (defaults and bounds of pods and claims)',
  'policy/PodDisruptionBudget': 'API server (evictions), controllers (what is allowed), scheduler (preemption)',
  'apps/Deployment': 'controllers (rollout)',
  'apps/ReplicaSet': 'controllers (replicas)',
  '/ReplicationController': 'controllers (replicas)',
  'coordination.k8s.io/Lease': 'node heartbeats, elections',
  'networking.k8s.io/IPAddress': 'API server (with their Services), controllers (repair)',
  'networking.k8s.io/ServiceCIDR': 'API server (addresses), controllers (readiness, protection while it is used)',
  'discovery.k8s.io/EndpointSlice': 'controllers (endpoint slices), node agent',
  'scheduling.k8s.io/PriorityClass': 'admission of pods, scheduler',
};

/** Subresources that clients are told of and that are answered 501 for now. */
const NOT_YET: readonly string[] = ['attach', 'exec', 'portforward', 'token'];

/** What is answered otherwise than Kubernetes answers it: what, how, and how there. */
const ANSWERS: readonly (readonly [what: string, here: string, there: string])[] = [
  ['`metadata.generation` of pods', 'not kept, as in v1.32', 'counts changes of the spec since v1.33'],
  [
    'Accept: protobuf or CBOR',
    'JSON, named as such; clients read the type of the answer',
    'the format that was asked for',
  ],
  [
    'aggregated discovery',
    '`metadata` without `creationTimestamp`, and the resources of v1.36',
    'v1.32 wrote `creationTimestamp: null`; v1.36 does not',
  ],
  [
    '`exec`, `attach`, `portforward`, `serviceaccounts/token`',
    '501 after the checks that come first',
    'streams; tokens',
  ],
  [
    'proxies to nodes, pods and services',
    'request bodies are read whole, up to the bound of any body; links in HTML are left as they are; connections are not upgraded',
    'bodies are streamed, links are rewritten, WebSockets pass',
  ],
  ['`TokenReview`', 'no token is known, since none are issued', 'service account tokens are'],
  [
    'who may do what',
    'a fixed policy for administrators, components and nodes; reviews tell the truth about it',
    'RBAC and the node authorizer',
  ],
  [
    '`APIService`',
    'one for each group and version the server has; others are stored and nothing is passed on to them',
    'requests are passed on to the service behind them',
  ],
  ['`ComponentStatus`', 'what the readiness of the API server rests on', 'scheduler, controller manager, etcd'],
  ['health checks', 'a check that fails says why', 'the reason is withheld'],
];

/** What kubectl can be asked to do: what works, and what differs and why. Transcripts of them are tests (`tests/e2e/kubectl-*`). */
const KUBECTL: readonly (readonly [commands: string, state: string, difference: string])[] = [
  ['annotate, label, patch, edit, replace, set', 'works', ''],
  [
    'api-resources, api-versions, cluster-info, explain, version',
    'works',
    'explain knows every kind and field of v1.36',
  ],
  ['apply, diff, kustomize', 'works', 'on the client and on the server, with pruning, conflicts and -k'],
  ['attach, cp, debug, exec, port-forward', 'not yet', 'nothing is streamed to or from containers'],
  ['auth can-i, whoami, reconcile', 'works', 'roles are stored; who may do what is a fixed policy'],
  ['autoscale', 'works', 'nothing measures pods, so nothing is scaled by itself'],
  ['certificate approve, deny', 'works', 'nothing signs what is approved'],
  ['cordon, uncordon, drain, taint', 'works', 'evictions respect disruption budgets'],
  ['create', 'every generator but `create token`', 'no tokens are issued'],
  ['delete', 'works', 'in the background, in the foreground, leaving orphans'],
  ['describe, events, get, wait', 'works', 'every kind, every format, watches, `--subresource`'],
  ['expose, run, scale', 'works', ''],
  ['logs', 'works', ''],
  ['proxy', 'works', 'connections are not upgraded'],
  ['rollout', 'Deployments', 'DaemonSets and StatefulSets have no controller'],
  ['top', 'not yet', 'there is no metrics API'],
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const file = path.resolve(import.meta.dirname, '../docs/COMPATIBILITY.md');
const text = document(servedResources());
if (!values.check) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/COMPATIBILITY.md is not what its script makes; run `npm run compatibility`');
  process.exitCode = 1;
}

function document(definitions: readonly ServedResource[]): string {
  const rows = definitions.map(row).sort();
  return [
    '# Compatibility',
    '',
    'Made by `npm run compatibility` from the registry of kinds; do not edit.',
    '',
    'The API is that of Kubernetes v1.36: stable versions and betas, no alphas. Kinds without a controller are validated, stored,',
    'watched and shown like any other; nothing acts on them yet. What v1.36 calls deprecated (`v1 Endpoints`, `v1 ComponentStatus` and the',
    'older betas) is answered with its `Warning`, as a server of that level does and the recorded v1.32 does not yet.',
    '',
    '| apiVersion | kind | verbs | subresources | stored as | acts on it |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    'Not served: alpha versions.',
    '',
    'Below `/at/<moment>` the same API is served read only as of a past moment, with get, list, watch, discovery and OpenAPI; reviews are',
    'answered as of now, everything else is a 405 ([the-past.md](the-past.md)). Exact revisions and `continue` tokens never expire for what',
    'is stored for ever, where Kubernetes answers 410 after some minutes.',
    '',
    '## Answers',
    '',
    'Where a client could tell the difference although it is understood:',
    '',
    '| what | here | in Kubernetes |',
    '|---|---|---|',
    ...ANSWERS.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '## kubectl',
    '',
    '| command | state | remark |',
    '|---|---|---|',
    ...KUBECTL.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '## Documents',
    '',
    'Discovery and OpenAPI are compared with the documents of Kubernetes v1.36 in tests that fail on any difference not listed here.',
    '',
    UNCOMPARED,
    '',
    '| document | difference | why |',
    '|---|---|---|',
    ...DISCOVERY_DIFFERENCES.map((one) => differenceRow('discovery', one)),
    ...OPENAPI_DIFFERENCES.map((one) => differenceRow('OpenAPI', one)),
    '',
  ].join('\n');
}

function differenceRow(document: string, { what, why }: KnownDifference): string {
  return `| ${document} | ${what} | ${why} |`;
}

function subresourceText({ name, verbs }: SubresourceDefinition): string {
  return NOT_YET.includes(name) ? `${name} (not yet: 501)` : `${name} (${verbs.join(', ')})`;
}

function row(definition: ServedResource): string {
  const { group, version, kind, verbs, subresources } = definition;
  const stored = isStored(definition) ? storageOf(definition) : undefined;
  const storedAs = stored === undefined ? 'not stored' : apiVersionOf(stored.group, stored.version);
  const cells = [
    apiVersionOf(group, version),
    kind,
    verbs.length === 8 ? 'all' : verbs.join(', '),
    subresources.map(subresourceText).join(', '),
    storedAs === apiVersionOf(group, version) ? '' : storedAs,
    stored === undefined ? 'API server (answered on the spot)' : (ACTORS[`${stored.group}/${stored.kind}`] ?? '—'),
  ];
  return `| ${cells.join(' | ')} |`;
}
