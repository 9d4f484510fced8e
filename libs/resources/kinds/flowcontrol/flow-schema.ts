import type { FieldError } from '../../field-error.ts';
import type {
  FlowcontrolSubject,
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import {
  child,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { goStrings } from '../../validation/go-syntax.ts';

const MAXIMUM_PRECEDENCE = 10_000;
/** The schema that goes first, and whose requests wait for nobody. */
const EXEMPT = 'exempt';
const ALL = '*';
const METHODS: readonly string[] = ['ByNamespace', 'ByUser'];
const SUBJECTS = ['Group', 'ServiceAccount', 'User'] as const;
const FIELD_OF = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;
const VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
];

export function validateFlowSchema({ metadata, spec = {} }: Given<FlowSchema>): readonly FieldError[] {
  const { matchingPrecedence: precedence = 0, priorityLevelConfiguration, distinguisherMethod, rules = [] } = spec;
  const path = 'spec.matchingPrecedence';
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalid(path, precedence, 'must be a positive value'));
  if (precedence > MAXIMUM_PRECEDENCE) {
    errors.push(invalid(path, precedence, `must not be greater than ${MAXIMUM_PRECEDENCE}`));
  }
  if (precedence === 1 && metadata?.name !== EXEMPT) {
    errors.push(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
  const level = priorityLevelConfiguration?.name ?? '';
  const levelPath = 'spec.priorityLevelConfiguration.name';
  if (level === '') errors.push(required(levelPath, 'must reference a priority level'));
  else errors.push(...invalids(levelPath, level, dns1123Subdomain(level)));
  if (distinguisherMethod !== undefined && !METHODS.includes(distinguisherMethod.type ?? '')) {
    errors.push(notSupported('spec.distinguisherMethod.type', distinguisherMethod.type ?? '', METHODS));
  }
  return [...errors, ...rules.flatMap((rule, at) => validateRule(rule, index('spec.rules', at)))];
}

function validateRule(rule: Given<PolicyRulesWithSubjects>, path: Path): readonly FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  const errors: FieldError[] = [];
  if (subjects.length === 0) {
    errors.push(required(child(path, 'subjects'), 'subjects must contain at least one value'));
  }
  errors.push(...subjects.flatMap((subject, at) => validateSubject(subject, index(child(path, 'subjects'), at))));
  if (resourceRules.length + nonResourceRules.length === 0) {
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  return [
    ...errors,
    ...resourceRules.flatMap((one, at) => validateResourceRule(one, index(child(path, 'resourceRules'), at))),
    ...nonResourceRules.flatMap((one, at) => validatePathRule(one, index(child(path, 'nonResourceRules'), at))),
  ];
}

function validateSubject(subject: Given<FlowcontrolSubject>, path: Path): readonly FieldError[] {
  const kind = SUBJECTS.find((one) => one === subject.kind);
  if (kind === undefined) return [notSupported(child(path, 'kind'), subject.kind ?? '', SUBJECTS)];
  const field = FIELD_OF[kind];
  const here = child(path, field);
  const errors: FieldError[] = [];
  if (subject[field] === undefined) {
    errors.push(required(here, `${field} is required when subject kind is '${kind}'`));
  } else if (kind === 'ServiceAccount') errors.push(...validateAccount(subject.serviceAccount ?? {}, here));
  else if ((subject[field]?.name ?? '') === '') errors.push(required(child(here, 'name')));
  // In the order Kubernetes looks at them.
  for (const other of ['ServiceAccount', 'User', 'Group'] as const) {
    const otherField = FIELD_OF[other];
    if (other === kind || subject[otherField] === undefined) continue;
    errors.push(forbidden(child(path, otherField), `${otherField} is forbidden when subject kind is not '${other}'`));
  }
  return errors;
}

function validateAccount(
  { name = '', namespace = '' }: NonNullable<Given<FlowcontrolSubject>['serviceAccount']>,
  path: Path,
): readonly FieldError[] {
  const [namePath, namespacePath] = [child(path, 'name'), child(path, 'namespace')];
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(namePath));
  else if (name !== ALL) errors.push(...invalids(namePath, name, dns1123Subdomain(name)));
  if (namespace === '') errors.push(required(namespacePath, 'must specify namespace for service account'));
  else errors.push(...invalids(namespacePath, namespace, dns1123Label(namespace)));
  return errors;
}

function validateVerbs(verbs: readonly string[], path: Path): readonly FieldError[] {
  if (verbs.length === 0) return [required(path, 'verbs must contain at least one value')];
  if (verbs.includes(ALL)) return validateAlone(verbs, 'verbs', path);
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, goStrings(verbs), VERBS)];
}

/** `*` says all there is to say. */
function validateAlone(list: readonly string[], what: string, path: Path): readonly FieldError[] {
  if (list.length < 2 || !list.includes(ALL)) return [];
  return [invalid(path, goStrings(list), `if '*' is present, must not specify other ${what}`)];
}

function validateResourceRule(rule: Given<ResourcePolicyRule>, path: Path): readonly FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule;
  const errors = [...validateVerbs(verbs, child(path, 'verbs'))];
  const groupsPath = child(path, 'apiGroups');
  if (apiGroups.length === 0) errors.push(required(groupsPath, 'resource rules must supply at least one api group'));
  errors.push(...validateAlone(apiGroups, 'api groups', groupsPath));
  const resourcesPath = child(path, 'resources');
  if (resources.length === 0) errors.push(required(resourcesPath, 'resource rules must supply at least one resource'));
  errors.push(...validateAlone(resources, 'resources', resourcesPath));
  const here = child(path, 'namespaces');
  if (namespaces.length === 0 && !clusterScope) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace';
    return [...errors, required(here, detail)];
  }
  if (namespaces.includes(ALL)) return [...errors, ...validateAlone(namespaces, 'namespaces', here)];
  return [...errors, ...namespaces.flatMap((name, at) => invalids(index(here, at), name, dns1123Label(name)))];
}

function validatePathRule(rule: Given<NonResourcePolicyRule>, path: Path): readonly FieldError[] {
  const { verbs = [], nonResourceURLs = [] } = rule;
  const here = child(path, 'nonResourceURLs');
  const errors = [...validateVerbs(verbs, child(path, 'verbs'))];
  if (nonResourceURLs.length === 0) {
    return [...errors, required(here, 'nonResourceURLs must contain at least one value')];
  }
  if (nonResourceURLs.includes(ALL)) {
    return [...errors, ...validateAlone(nonResourceURLs, 'non-resource URLs', here)];
  }
  return [
    ...errors,
    ...nonResourceURLs.flatMap((url, at) => {
      const fault = urlFault(url);
      return fault === undefined ? [] : [invalid(index(here, at), url, fault)];
    }),
  ];
}

function urlFault(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split(ALL).length - 1;
  const isSuffix = wildcards === 0 || (wildcards === 1 && url.endsWith('/*'));
  return isSuffix ? undefined : 'wildcard can only do suffix matching';
}
