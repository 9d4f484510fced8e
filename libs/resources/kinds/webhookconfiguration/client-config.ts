import type { FieldError } from '../../field-error.ts';
import type {
  AdmissionregistrationServiceReference,
  AdmissionregistrationWebhookClientConfig,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain, portNumber } from '../../syntax/names.ts';
import { child, invalid, type Path, required } from '../../validation/field.ts';

const FORM = 'desired format: https://host[/path]';

/** Where a webhook is called: at a URL or at a Service of the cluster. */
export function validateClientConfig(
  { url, service }: Given<AdmissionregistrationWebhookClientConfig>,
  path: Path,
): readonly FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (service !== undefined) return validateService(service, child(path, 'service'));
  return validateUrl(url ?? '', child(path, 'url'));
}

function validateUrl(text: string, path: Path): readonly FieldError[] {
  const url = URL.parse(text);
  if (url === null) {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? '';
    const errors = scheme === 'https' ? [] : [invalid(path, scheme, `'https' is the only allowed URL scheme; ${FORM}`)];
    return [...errors, invalid(path, '', `host must be specified; ${FORM}`)];
  }
  const errors: FieldError[] = [];
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme; ${FORM}`));
  if (url.host === '') errors.push(invalid(path, '', `host must be specified; ${FORM}`));
  const user = [url.username, url.password].filter((part) => part !== '').join(':');
  if (user !== '') errors.push(invalid(path, user, 'user information is not permitted in the URL'));
  if (url.hash !== '') errors.push(invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search !== '') {
    errors.push(invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL'));
  }
  return errors;
}

function validateService(service: Given<AdmissionregistrationServiceReference>, path: Path): readonly FieldError[] {
  const { name = '', namespace = '', port = 0, path: place } = service;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(child(path, 'name'), 'service name is required'));
  if (namespace === '') errors.push(required(child(path, 'namespace'), 'service namespace is required'));
  const faults = portNumber(port);
  if (faults.length > 0) {
    errors.push(invalid(child(path, 'port'), port, `port is not valid: ${faults.join(', ')}`));
  }
  return place === undefined ? errors : [...errors, ...validateServicePath(place, child(path, 'path'))];
}

function validateServicePath(place: string, path: Path): readonly FieldError[] {
  if (place === '' || place === '/') return [];
  if (place === '//') return [invalid(path, place, 'segment[0] may not be empty')];
  if (!place.startsWith('/')) return [invalid(path, place, "must start with a '/'")];
  const segments = place.slice(1).split('/');
  return (segments.at(-1) === '' ? segments.slice(0, -1) : segments).flatMap((segment, at) => {
    if (segment === '') return [invalid(path, place, `segment[${at}] may not be empty`)];
    return dns1123Subdomain(segment).map((fault) => invalid(path, place, `segment[${at}]: ${fault}`));
  });
}
