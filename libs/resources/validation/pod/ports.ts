import type { FieldError } from '../../field-error.ts';
import type { Container, ContainerPort } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { portName, portNumber } from '../../syntax/names.ts';
import { validateChoice } from '../choice.ts';
import { child, duplicate, index, invalids, type Path, required } from '../field.ts';

const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];

/** The ports of one container: each of another name. */
export function validatePorts(ports: readonly Given<ContainerPort>[], path: Path): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, at) => {
    const here = index(path, at);
    const { name = '', containerPort = 0, hostPort = 0, protocol = '' } = port;
    const errors: FieldError[] = [];
    if (name !== '') {
      const faults = portName(name);
      errors.push(...invalids(child(here, 'name'), name, faults));
      if (faults.length === 0 && names.has(name)) errors.push(duplicate(child(here, 'name'), name));
      names.add(name);
    }
    if (containerPort === 0) errors.push(required(child(here, 'containerPort')));
    else errors.push(...invalids(child(here, 'containerPort'), containerPort, portNumber(containerPort)));
    if (hostPort !== 0) errors.push(...invalids(child(here, 'hostPort'), hostPort, portNumber(hostPort)));
    errors.push(...validateChoice(protocol, PROTOCOLS, child(here, 'protocol')));
    return errors;
  });
}

/** No two of these containers take the same port of their host. */
export function validateHostPorts(containers: readonly Given<Container>[], path: Path): readonly FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, at) =>
    (container.ports ?? []).flatMap((port, portAt) => {
      if ((port.hostPort ?? 0) === 0) return [];
      const identity = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort ?? 0}`;
      if (taken.has(identity)) {
        return [duplicate(child(index(child(index(path, at), 'ports'), portAt), 'hostPort'), identity)];
      }
      taken.add(identity);
      return [];
    }),
  );
}
