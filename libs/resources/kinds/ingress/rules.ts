import type { FieldError } from '../../field-error.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain, portName, portNumber } from '../../syntax/names.ts';
import { dns1035Label } from '../../syntax/names.ts';
import { child, index, invalid, invalids, notSupported, type Path, required } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age, listWithMore, NONE } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

const PATH_TYPES: readonly string[] = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** How many hosts a Table cell shows. */
const SHOWN = 3;

function validate({ spec = {} }: Given<Ingress>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.rules ?? []).length === 0 && spec.defaultBackend === undefined) {
    const detail = 'either `defaultBackend` or `rules` must be specified';
    errors.push(invalid('spec', goJson(spec.rules ?? []), detail));
  }
  if (spec.defaultBackend !== undefined) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  for (const [at, rule] of (spec.rules ?? []).entries()) {
    const path = index('spec.rules', at);
    const { host = '' } = rule;
    const name = host.startsWith('*.') ? host.slice(2) : host;
    if (host !== '') errors.push(...invalids(child(path, 'host'), host, dns1123Subdomain(name)));
    if (rule.http === undefined) continue;
    const paths = rule.http.paths ?? [];
    if (paths.length === 0) errors.push(required(child(path, 'http', 'paths')));
    for (const [pathAt, one] of paths.entries()) {
      errors.push(...validatePath(one, index(child(path, 'http', 'paths'), pathAt)));
    }
  }
  if (spec.ingressClassName !== undefined) {
    errors.push(...invalids('spec.ingressClassName', spec.ingressClassName, dns1123Subdomain(spec.ingressClassName)));
  }
  return errors;
}

function validatePath(one: Given<HTTPIngressPath>, path: Path): readonly FieldError[] {
  const { pathType, path: url = '', backend = {} } = one;
  const errors: FieldError[] = [];
  if (pathType === undefined) errors.push(required(child(path, 'pathType'), 'pathType must be specified'));
  else if (!PATH_TYPES.includes(pathType)) errors.push(notSupported(child(path, 'pathType'), pathType, PATH_TYPES));
  const isExact = pathType === 'Exact' || pathType === 'Prefix';
  if ((isExact || url !== '') && !url.startsWith('/')) {
    errors.push(invalid(child(path, 'path'), url, 'must be an absolute path'));
  }
  return [...errors, ...validateBackend(backend, child(path, 'backend'))];
}

function validateBackend(backend: Given<IngressBackend>, path: Path): readonly FieldError[] {
  const { service, resource } = backend;
  if (service !== undefined && resource !== undefined) {
    return [invalid(path, '', 'cannot set both resource and service backends')];
  }
  if (service === undefined)
    return resource === undefined ? [required(path, 'resource or service backend is required')] : [];
  const errors: FieldError[] = [];
  const { name = '', port } = service;
  const namePath = child(path, 'service', 'name');
  if (name === '') errors.push(required(namePath));
  else errors.push(...invalids(namePath, name, dns1035Label(name)));
  const portPath = child(path, 'service', 'port');
  const hasName = (port?.name ?? '') !== '';
  const hasNumber = (port?.number ?? 0) !== 0;
  if (hasName && hasNumber) errors.push(invalid(portPath, '', 'cannot set both port name & port number'));
  else if (hasName) errors.push(...invalids(child(portPath, 'name'), port?.name, portName(port?.name ?? '')));
  else if (hasNumber) errors.push(...invalids(child(portPath, 'number'), port?.number, portNumber(port?.number ?? 0)));
  else errors.push(required(portPath, 'port name or number is required'));
  return errors;
}

export const ingressColumns = [
  NAME,
  narrow('Class', 'Which controller serves it'),
  narrow('Hosts', 'Hosts it answers for'),
  narrow('Address', 'Where it is reached'),
  narrow('Ports', 'Ports it listens on'),
  AGE,
] as const;

export const ingressRules = rulesOf<Ingress>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults(ingress) {
    ingress.spec ??= {};
    (ingress.status ??= {}).loadBalancer ??= {};
  },
  initialStatus: () => ({ loadBalancer: {} }),
  generation: true,
  validate,
  cells: ({ metadata, spec, status }, nowMs) => [
    metadata?.name ?? '',
    spec?.ingressClassName ?? NONE,
    listWithMore(
      (spec?.rules ?? []).flatMap((rule) => ((rule.host ?? '') === '' ? [] : [rule.host ?? ''])),
      SHOWN,
      '*',
    ),
    (status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '').join(','),
    (spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(metadata, nowMs),
  ],
});

export const ingressClassColumns = [
  NAME,
  narrow('Controller', 'Who serves its ingresses'),
  narrow('Parameters', 'Where its settings are'),
  AGE,
] as const;

export const ingressClassRules = rulesOf<IngressClass>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(one) {
    const parameters = one.spec?.parameters;
    if (parameters !== undefined) parameters.scope ??= 'Cluster';
  },
  generation: true,
  validate: ({ spec }) => ((spec?.controller ?? '') === '' ? [required('spec.controller')] : []),
  validateUpdate: (next, previous) =>
    validateImmutable(next.spec?.controller, previous.spec?.controller, 'spec.controller'),
  cells: ({ metadata, spec }, nowMs) => {
    const parameters = spec?.parameters;
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    return [
      metadata?.name ?? '',
      spec?.controller ?? '',
      parameters === undefined ? NONE : `${parameters.kind ?? ''}${group}/${parameters.name ?? ''}`,
      age(metadata, nowMs),
    ];
  },
});
