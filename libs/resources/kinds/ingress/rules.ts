import type { Ingress, IngressClass } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age, listWithMore, NONE } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';
import {
  ingressWarnings,
  validateIngress,
  validateIngressClass,
  validateIngressClassNames,
  validateIngressStatus,
} from './validate.ts';

/** How many hosts a Table cell shows. */
const SHOWN = 3;

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
  validate: validateIngress,
  validateCreation: validateIngressClassNames,
  validateStatus: validateIngressStatus,
  warnings: ingressWarnings,
  cells: ({ metadata, spec, status }) => [
    metadata?.name ?? '',
    spec?.ingressClassName ?? NONE,
    listWithMore(
      (spec?.rules ?? []).flatMap((rule) => ((rule.host ?? '') === '' ? [] : [rule.host ?? ''])),
      SHOWN,
      '*',
    ),
    (status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '').join(','),
    (spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(metadata),
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
  validate: validateIngressClass,
  validateUpdate: (next, previous) =>
    validateImmutable(next.spec?.controller, previous.spec?.controller, 'spec.controller'),
  cells: ({ metadata, spec }) => {
    const parameters = spec?.parameters;
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    return [
      metadata?.name ?? '',
      spec?.controller ?? '',
      parameters === undefined ? NONE : `${parameters.kind ?? ''}${group}/${parameters.name ?? ''}`,
      age(metadata),
    ];
  },
});
