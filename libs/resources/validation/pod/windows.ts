import type { FieldError } from '../../field-error.ts';
import type { PodSpec, WindowsSecurityContextOptions } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, invalid, invalids, type Path } from '../field.ts';
import { placedContainers } from './visit.ts';

const CREDENTIAL_KIB = 64;
const DOMAIN_CHARACTERS = 256;
const USER_CHARACTERS = 104;
const CONTROL = /\p{Cc}/u;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

/** Who a container runs as where the system is Windows. */
export function validateWindowsOptions(
  options: Given<WindowsSecurityContextOptions> | undefined,
  path: Path,
): readonly FieldError[] {
  if (options === undefined) return [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  const errors: FieldError[] = [];
  if (gmsaCredentialSpecName !== undefined) {
    const here = child(path, 'gmsaCredentialSpecName');
    errors.push(...invalids(here, gmsaCredentialSpecName, dns1123Subdomain(gmsaCredentialSpecName)));
  }
  if (gmsaCredentialSpec !== undefined) {
    const here = child(path, 'gmsaCredentialSpec');
    if (gmsaCredentialSpec === '') {
      errors.push(invalid(here, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'));
    } else if (Buffer.byteLength(gmsaCredentialSpec) > CREDENTIAL_KIB * 1024) {
      errors.push(invalid(here, gmsaCredentialSpec, `gmsaCredentialSpec size must be under ${CREDENTIAL_KIB} KiB`));
    }
  }
  if (runAsUserName !== undefined) {
    errors.push(...invalids(child(path, 'runAsUserName'), runAsUserName, userFaults(runAsUserName)));
  }
  return errors;
}

/** `USER` or `DOMAIN\USER`. */
function userFaults(name: string): readonly string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (CONTROL.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const faults: string[] = [];
  if (domain !== undefined && domain.length >= DOMAIN_CHARACTERS) {
    faults.push(`runAsUserName's Domain length must be under ${DOMAIN_CHARACTERS} characters`);
  }
  if (domain !== undefined && !NETBIOS.test(domain) && !DNS.test(domain)) {
    faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') faults.push("runAsUserName's User cannot be empty");
  else if (user.length > USER_CHARACTERS) {
    faults.push(`runAsUserName's User length must not be longer than ${USER_CHARACTERS} characters`);
  }
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    faults.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return faults;
}

/** Containers that are processes of their host: all of a pod or none, and on the host's network. */
export function validateHostProcesses(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  let [containers, processes] = [0, 0];
  for (const { container, path: here } of placedContainers(spec, path)) {
    containers += 1;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(child(here, 'securityContext', 'windowsOptions', 'hostProcess'), own, detail));
    }
    if (own ?? ofPod ?? false) processes += 1;
  }
  if (processes === 0) return errors;
  if (processes !== containers) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(path, '', detail));
  }
  if (spec.hostNetwork !== true) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(child(path, 'hostNetwork'), false, detail));
  }
  return errors;
}
