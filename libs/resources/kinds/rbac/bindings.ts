import type { Cell } from '../../cell.ts';
import type { FieldError } from '../../field-error.ts';
import type { ClusterRoleBinding, RbacSubject, RoleBinding, RoleRef } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain, pathSegment } from '../../syntax/names.ts';
import { child, index, invalid, invalids, notSupported, type Path, required } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { equal, rulesOf, type Strategy } from '../strategy.ts';

const GROUP = 'rbac.authorization.k8s.io';

type Binding = RoleBinding | ClusterRoleBinding;

function defaults(binding: Draft<Binding>): void {
  const reference = (binding.roleRef ??= {});
  if ((reference.apiGroup ?? '') === '') reference.apiGroup = GROUP;
  for (const subject of binding.subjects ?? []) {
    const isPerson = subject.kind === 'User' || subject.kind === 'Group';
    if (isPerson && (subject.apiGroup ?? '') === '') subject.apiGroup = GROUP;
  }
}

function validateBinding(binding: Given<Binding>, kinds: readonly string[], namespaced: boolean): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = binding.roleRef ?? {};
  const errors: FieldError[] = [];
  if (apiGroup !== GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(required('roleRef.name'));
  else errors.push(...invalids('roleRef.name', name, pathSegment(name)));
  for (const [at, subject] of (binding.subjects ?? []).entries()) {
    errors.push(...validateSubject(subject, namespaced, index('subjects', at)));
  }
  return errors;
}

function validateSubject(subject: Given<RbacSubject>, namespaced: boolean, path: Path): readonly FieldError[] {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(child(path, 'name')));
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') errors.push(...invalids(child(path, 'name'), name, dns1123Subdomain(name)));
      if (apiGroup !== '') errors.push(notSupported(child(path, 'apiGroup'), apiGroup, ['']));
      if (!namespaced && namespace === '') errors.push(required(child(path, 'namespace')));
      break;
    case 'User':
    case 'Group':
      if (name === '') errors.push(invalid(child(path, 'name'), name, `${kind.toLowerCase()} name cannot be empty`));
      if (apiGroup !== GROUP) errors.push(notSupported(child(path, 'apiGroup'), apiGroup, [GROUP]));
      break;
    default:
      errors.push(notSupported(child(path, 'kind'), kind, ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}

/** Who may do what was decided when the binding was made: another role is another binding. */
function validateUpdate(next: Given<Binding>, previous: Given<Binding>): readonly FieldError[] {
  if (equal({ ...next.roleRef }, { ...previous.roleRef })) return [];
  return [invalid('roleRef', goRoleRef(next.roleRef ?? {}), 'cannot change roleRef')];
}

function goRoleRef({ apiGroup = '', kind = '', name = '' }: Given<RoleRef>): { readonly goSyntax: string } {
  return { goSyntax: `rbac.RoleRef{APIGroup:${quoted(apiGroup)}, Kind:${quoted(kind)}, Name:${quoted(name)}}` };
}

export const bindingColumns = [
  NAME,
  narrow('Role', 'The role it grants'),
  AGE,
  wide('Users', 'Users it grants it to'),
  wide('Groups', 'Groups it grants it to'),
  wide('ServiceAccounts', 'Service accounts it grants it to'),
] as const;

function bindingCells({ metadata, roleRef, subjects = [] }: Given<Binding>): readonly Cell[] {
  const named = (kind: string): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(({ namespace, name = '' }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ');
  return [
    metadata?.name ?? '',
    `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
    age(metadata),
    named('User'),
    named('Group'),
    named('ServiceAccount'),
  ];
}

const shared = { defaults, validateUpdate, cells: bindingCells } satisfies Partial<Strategy<Binding>>;

export const roleBindingRules = rulesOf<Binding>({
  ...shared,
  metadata: { namespaced: true, name: pathSegment },
  validate: (binding) => validateBinding(binding, ['Role', 'ClusterRole'], true),
});

export const clusterRoleBindingRules = rulesOf<Binding>({
  ...shared,
  metadata: { namespaced: false, name: pathSegment },
  validate: (binding) => validateBinding(binding, ['ClusterRole'], false),
});
