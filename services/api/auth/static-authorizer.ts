import { ALLOWED, type AccessRules, type Attributes, type Authorizer, type Decision } from './authorizer.ts';
import {
  AUTHENTICATED_GROUP,
  CONTROLLER_MANAGER_USER,
  MASTERS_GROUP,
  NODES_GROUP,
  NODE_USER_PREFIX,
  SCHEDULER_USER,
  type User,
} from './identity.ts';

/**
 * Who may do what until RBAC objects decide it:
 *
 * - group `system:masters`: everything;
 * - `system:kube-controller-manager`: every verb on every resource (it deletes whole namespaces and any dependent);
 * - `system:kube-scheduler`: reads what it schedules by, binds pods or makes them go for others, writes their status,
 *   Events and its own lease;
 * - `system:node:<name>` of group `system:nodes`: reads what pods need, writes its own Node, pod status, its own lease
 *   and Events, and deletes pods that have ended on it;
 * - every authenticated user: discovery, OpenAPI, version, health, and who it is and what it may do itself.
 *
 * A node may not yet be held to its own pods: that needs the graph of what each pod uses.
 */
export const staticAuthorizer: Authorizer = Object.freeze({
  authorize(user: User, attributes: Attributes): Decision {
    if (user.groups.includes(MASTERS_GROUP)) return ALLOWED;
    if (attributes.type === 'path') return pathAllowed(attributes) ? ALLOWED : DENIED;
    if (rulesOf(user).some((rule) => allows(rule, attributes))) return ALLOWED;
    return DENIED;
  },
  rulesFor(user: User, namespace: string): AccessRules {
    if (user.groups.includes(MASTERS_GROUP)) return EVERYTHING;
    const rules = rulesOf(user).filter(({ namespaces }) => namespaces === undefined || namespaces.includes(namespace));
    return {
      resourceRules: rules.map(({ verbs, groups, resources, names }) => ({
        verbs,
        apiGroups: groups,
        resources,
        ...(names === undefined ? {} : { resourceNames: names }),
      })),
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: OPEN_TO_USERS.flatMap((path) => [path, `${path}/*`]) }],
    };
  },
});

const EVERYTHING: AccessRules = Object.freeze({
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

const DENIED: Decision = Object.freeze({ allowed: false, why: '' });

type ResourceAttributes = Extract<Attributes, { type: 'resource' }>;

/** What one line of the policy allows. `*` stands for anything. */
interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  /** `resource` or `resource/subresource`. */
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  readonly namespaces?: readonly string[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const EVENTS: Rule = { verbs: ['create', 'patch', 'update'], groups: ['', 'events.k8s.io'], resources: ['events'] };

const CONTROLLER_MANAGER: readonly Rule[] = [{ verbs: ['*'], groups: ['*'], resources: ['*'] }];

const SCHEDULER: readonly Rule[] = [
  { verbs: READ, groups: ['', 'apps', 'policy', 'storage.k8s.io', 'resource.k8s.io'], resources: ['*'] },
  { verbs: ['create'], groups: [''], resources: ['bindings', 'pods/binding'] },
  { verbs: ['patch', 'update'], groups: [''], resources: ['pods/status'] },
  { verbs: ['delete'], groups: [''], resources: ['pods'] },
  { verbs: [...READ, ...WRITE], groups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['kube-system'] },
  EVENTS,
];

function nodeRules(node: string): readonly Rule[] {
  return [
    {
      verbs: READ,
      groups: [''],
      resources: [
        'pods',
        'nodes',
        'services',
        'endpoints',
        'configmaps',
        'secrets',
        'namespaces',
        'serviceaccounts',
        'persistentvolumes',
        'persistentvolumeclaims',
      ],
    },
    { verbs: READ, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
    { verbs: ['create'], groups: [''], resources: ['nodes'] },
    { verbs: ['update', 'patch', 'delete'], groups: [''], resources: ['nodes'], names: [node] },
    { verbs: ['update', 'patch'], groups: [''], resources: ['nodes/status'], names: [node] },
    { verbs: ['update', 'patch'], groups: [''], resources: ['pods/status'] },
    { verbs: ['create', 'delete'], groups: [''], resources: ['pods'] },
    { verbs: ['create'], groups: [''], resources: ['serviceaccounts/token'] },
    {
      verbs: ['create'],
      groups: ['coordination.k8s.io'],
      resources: ['leases'],
      namespaces: ['kube-node-lease'],
    },
    {
      verbs: ['get', 'update', 'patch', 'delete'],
      groups: ['coordination.k8s.io'],
      resources: ['leases'],
      namespaces: ['kube-node-lease'],
      names: [node],
    },
    EVENTS,
  ];
}

/** What every authenticated user may ask about itself. */
const SELF: readonly Rule[] = [
  { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  {
    verbs: ['create'],
    groups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
];

function rulesOf(user: User): readonly Rule[] {
  return user.groups.includes(AUTHENTICATED_GROUP) ? [...SELF, ...ownRules(user)] : ownRules(user);
}

function ownRules(user: User): readonly Rule[] {
  if (user.name === CONTROLLER_MANAGER_USER) return CONTROLLER_MANAGER;
  if (user.name === SCHEDULER_USER) return SCHEDULER;
  if (user.name.startsWith(NODE_USER_PREFIX) && user.groups.includes(NODES_GROUP)) {
    return nodeRules(user.name.slice(NODE_USER_PREFIX.length));
  }
  return [];
}

function allows(rule: Rule, asked: ResourceAttributes): boolean {
  const resource = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`;
  return (
    covers(rule.verbs, asked.verb) &&
    covers(rule.groups, asked.group) &&
    covers(rule.resources, resource) &&
    (rule.names === undefined || rule.names.includes(asked.name)) &&
    (rule.namespaces === undefined || rule.namespaces.includes(asked.namespace))
  );
}

function covers(allowed: readonly string[], asked: string): boolean {
  return allowed.includes('*') || allowed.includes(asked);
}

const OPEN_TO_USERS = ['/api', '/apis', '/openapi', '/version', '/healthz', '/livez', '/readyz'];

function pathAllowed(asked: Extract<Attributes, { type: 'path' }>): boolean {
  if (asked.verb !== 'get') return false;
  return OPEN_TO_USERS.some((prefix) => asked.path === prefix || asked.path.startsWith(`${prefix}/`));
}
