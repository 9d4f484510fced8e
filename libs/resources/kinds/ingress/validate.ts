import { isIP } from 'node:net';
import type { FieldError } from '../../field-error.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressClassParametersReference,
  IngressRule,
  IngressTLS,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { ipAddress } from '../../syntax/ip.ts';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  pathSegment,
  portName,
  portNumber,
  wildcardDns1123Subdomain,
} from '../../syntax/names.ts';
import { validateDomainPrefixedPath } from '../../validation/domain-path.ts';
import {
  child,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
  tooLong,
} from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';

const PATH_TYPES: readonly string[] = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** What a path that is compared as text may not hold: different texts for one resource. */
const PATH_SEQUENCES: readonly string[] = ['//', '/./', '/../', '%2f', '%2F'];
const PATH_ENDS: readonly string[] = ['/..', '/.'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const CONTROLLER_CHARACTERS = 250;
const SCOPES: readonly string[] = ['Cluster', 'Namespace'];
const NOT_AN_IP = 'must be a DNS name, not an IP address';

export function validateIngress({ spec = {} }: Given<Ingress>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.rules ?? []).length === 0 && spec.defaultBackend === undefined) {
    const detail = 'either `defaultBackend` or `rules` must be specified';
    errors.push(invalid('spec', goJson(spec.rules ?? null), detail));
  }
  if (spec.defaultBackend !== undefined) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  errors.push(...(spec.rules ?? []).flatMap((rule, at) => validateRule(rule, index('spec.rules', at))));
  errors.push(...(spec.tls ?? []).flatMap((tls, at) => validateTls(tls, index('spec.tls', at))));
  const name = spec.ingressClassName;
  return name === undefined ? errors : [...errors, ...invalids('spec.ingressClassName', name, dns1123Subdomain(name))];
}

/** A new Ingress names its class once, or twice the same. */
export function validateIngressClassNames({ metadata, spec }: Given<Ingress>): readonly FieldError[] {
  const annotation = metadata?.annotations?.[CLASS_ANNOTATION];
  const name = spec?.ingressClassName;
  if (annotation === undefined || name === undefined || annotation === name) return [];
  const detail = 'must match `ingressClassName` when both are specified';
  return [invalid(child('annotations', CLASS_ANNOTATION), annotation, detail)];
}

/** Warns of the annotation that said which class it is, before there was a field. */
export function ingressWarnings({ metadata, spec }: Given<Ingress>, previous?: Given<Ingress>): readonly string[] {
  const isNew = previous === undefined;
  if (!isNew || metadata?.annotations?.[CLASS_ANNOTATION] === undefined || spec?.ingressClassName !== undefined) {
    return [];
  }
  return [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`];
}

export function validateIngressStatus({ status }: Given<Ingress>): readonly FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '', hostname = '' }, at) => {
    const path = index('status.loadBalancer.ingress', at);
    const errors = ip === '' ? [] : [...invalids(child(path, 'ip'), ip, ipAddress(ip))];
    if (hostname === '') return errors;
    errors.push(...invalids(child(path, 'hostname'), hostname, dns1123Subdomain(hostname)));
    if (isIP(hostname) !== 0) errors.push(invalid(child(path, 'hostname'), hostname, NOT_AN_IP));
    return errors;
  });
}

function validateRule({ host = '', http }: Given<IngressRule>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const here = child(path, 'host');
  if (isIP(host) !== 0) errors.push(invalid(here, host, NOT_AN_IP));
  if (host !== '') errors.push(...validateHost(host, here));
  if (http === undefined) return errors;
  const paths = child(path, 'http', 'paths');
  if ((http.paths ?? []).length === 0) errors.push(required(paths));
  return [...errors, ...(http.paths ?? []).flatMap((one, at) => validatePath(one, index(paths, at)))];
}

function validateHost(host: string, path: Path): readonly FieldError[] {
  return invalids(path, host, host.includes('*') ? wildcardDns1123Subdomain(host) : dns1123Subdomain(host));
}

function validateTls({ hosts = [], secretName = '' }: Given<IngressTLS>, path: Path): readonly FieldError[] {
  return [
    ...hosts.flatMap((host, at) => validateHost(host, index(child(path, 'hosts'), at))),
    ...(secretName === '' ? [] : invalids(child(path, 'secretName'), secretName, dns1123Subdomain(secretName))),
  ];
}

function validatePath(one: Given<HTTPIngressPath>, path: Path): readonly FieldError[] {
  const { pathType, path: url = '', backend = {} } = one;
  if (pathType === undefined) return [required(child(path, 'pathType'), 'pathType must be specified')];
  const errors: FieldError[] = [];
  if (!PATH_TYPES.includes(pathType)) errors.push(notSupported(child(path, 'pathType'), pathType, PATH_TYPES));
  else errors.push(...validateUrl(url, pathType !== 'ImplementationSpecific', child(path, 'path')));
  return [...errors, ...validateBackend(backend, child(path, 'backend'))];
}

function validateUrl(url: string, isCompared: boolean, path: Path): readonly FieldError[] {
  if (url === '' && !isCompared) return [];
  const errors = url.startsWith('/') ? [] : [invalid(path, url, 'must be an absolute path')];
  if (!isCompared) return errors;
  return [
    ...errors,
    ...PATH_SEQUENCES.filter((part) => url.includes(part)).map((part) =>
      invalid(path, url, `must not contain '${part}'`),
    ),
    ...PATH_ENDS.filter((end) => url.endsWith(end)).map((end) => invalid(path, url, `cannot end with '${end}'`)),
  ];
}

function validateBackend({ service, resource }: Given<IngressBackend>, path: Path): readonly FieldError[] {
  if (service !== undefined && resource !== undefined) {
    return [invalid(path, '', 'cannot set both resource and service backends')];
  }
  if (resource !== undefined) return validateReference(resource, child(path, 'resource'));
  if (service === undefined) return [invalid(path, '', 'resource or service backend is required')];
  const errors: FieldError[] = [];
  const { name = '', port } = service;
  const namePath = child(path, 'service', 'name');
  if (name === '') errors.push(required(namePath));
  else errors.push(...invalids(namePath, name, dns1035Label(name)));
  const portPath = child(path, 'service', 'port');
  const [portText, number] = [port?.name ?? '', port?.number ?? 0];
  if (portText !== '' && number !== 0) errors.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (portText !== '') errors.push(...invalids(child(portPath, 'name'), portText, portName(portText)));
  else if (number !== 0) errors.push(...invalids(child(portPath, 'number'), number, portNumber(number)));
  else errors.push(required(path, 'port name or number is required'));
  return errors;
}

interface Reference {
  readonly apiGroup?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

function validateReference({ apiGroup, kind = '', name = '' }: Reference, path: Path): readonly FieldError[] {
  const errors =
    apiGroup === undefined ? [] : [...invalids(child(path, 'apiGroup'), apiGroup, dns1123Subdomain(apiGroup))];
  for (const [field, value] of Object.entries({ kind, name })) {
    if (value === '') errors.push(required(child(path, field), `${field} is required`));
    else errors.push(...invalids(child(path, field), value, pathSegment(value)));
  }
  return errors;
}

export function validateIngressClass({ spec }: Given<IngressClass>): readonly FieldError[] {
  const controller = spec?.controller ?? '';
  const path = 'spec.controller';
  return [
    ...(controller.length > CONTROLLER_CHARACTERS ? [tooLong(path, CONTROLLER_CHARACTERS)] : []),
    ...validateDomainPrefixedPath(controller, path),
    ...(spec?.parameters === undefined ? [] : validateParameters(spec.parameters, 'spec.parameters')),
  ];
}

function validateParameters(parameters: Given<IngressClassParametersReference>, path: Path): readonly FieldError[] {
  const { scope, namespace } = parameters;
  const errors = [...validateReference(parameters, path)];
  const here = child(path, 'namespace');
  if (scope === undefined) errors.push(required(child(path, 'scope')));
  else if (!SCOPES.includes(scope)) errors.push(notSupported(child(path, 'scope'), scope, SCOPES));
  else if (scope === 'Cluster') {
    if (namespace !== undefined) errors.push(forbidden(here, "`parameters.scope` is set to 'Cluster'"));
  } else if (namespace === undefined) errors.push(required(here, "`parameters.scope` is set to 'Namespace'"));
  else errors.push(...invalids(here, namespace, dns1123Label(namespace)));
  return errors;
}
