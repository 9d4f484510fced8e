import type { ContainerPort, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, type Path } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { placedContainers } from '../../validation/pod/visit.ts';

interface PlacedPort {
  readonly port: Given<ContainerPort>;
  readonly path: Path;
}

/** Ports that stand twice in a pod, or nearly so. */
export function portWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  const ports: PlacedPort[] = [];
  for (const placed of placedContainers(spec, path)) {
    for (const [at, port] of (placed.container.ports ?? []).entries()) {
      ports.push({ port, path: index(child(placed.path, 'ports'), at) });
    }
  }
  if (ports.length === 0) return [];
  return [...overlapWarnings(ports), ...nameWarnings(ports)];
}

function overlapWarnings(ports: readonly PlacedPort[]): readonly string[] {
  const known = new Map<string, PlacedPort[]>();
  return ports.flatMap((placed) => {
    const { port, path } = placed;
    const identity = `${port.containerPort ?? 0}/${port.protocol ?? ''}`;
    const others = known.get(identity) ?? [];
    const warnings = others.flatMap((other) => {
      const how = overlap(port, other.port);
      return how === undefined ? [] : [`${path}: ${how} port definition with ${other.path}`];
    });
    known.set(identity, [...others, placed]);
    const hasAddressOnly = (port.hostIP ?? '') !== '' && (port.hostPort ?? 0) === 0;
    return hasAddressOnly ? [`${path}: hostIP set without hostPort: ${goPort(port)}`, ...warnings] : warnings;
  });
}

/** How two definitions of one port of the pod go together. */
function overlap(one: Given<ContainerPort>, other: Given<ContainerPort>): string | undefined {
  const [address, otherAddress] = [one.hostIP ?? '', other.hostIP ?? ''];
  const [hostPort, otherPort] = [one.hostPort ?? 0, other.hostPort ?? 0];
  if (address === otherAddress && hostPort === otherPort) return 'duplicate';
  if (hostPort === 0 || otherPort === 0) return 'overlapping';
  const isAmbiguous = hostPort === otherPort && (address === '') !== (otherAddress === '');
  return isAmbiguous ? 'dangerously ambiguous' : undefined;
}

function goPort({
  name = '',
  hostPort = 0,
  containerPort = 0,
  protocol = '',
  hostIP = '',
}: Given<ContainerPort>): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function nameWarnings(ports: readonly PlacedPort[]): readonly string[] {
  const known = new Map<string, Path>();
  return ports.flatMap(({ port: { name = '' }, path }) => {
    if (name === '') return [];
    const other = known.get(name);
    if (other === undefined) {
      known.set(name, path);
      return [];
    }
    const who = `services and probes that select ports by name will use ${other}`;
    return [`${path}: duplicate port name ${quoted(name)} with ${other}, ${who}`];
  });
}
