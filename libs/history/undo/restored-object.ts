import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { ObjectKey } from '@taffrail/resources/object';
import { metadataOf } from './owners.ts';

/** Finalizers that say how an object was being deleted: what is restored is not. */
const DELETION_FINALIZERS = ['orphan', 'foregroundDeletion'];
/** Annotations that tell what controllers have done about an object as it was. */
const SPENT_ANNOTATIONS = ['pv.kubernetes.io/bind-completed', 'pv.kubernetes.io/bound-by-controller'];
/** Annotations that a controller keeps and nobody else is to set back. */
const KEPT_ANNOTATIONS = ['deployment.kubernetes.io/revision'];

/** What the server gives a Service, when nobody else has it now. */
export interface Freedom {
  readonly clusterIP: (address: string) => boolean;
  readonly nodePort: (port: number) => boolean;
}

/** An object as it is created again: what people wrote, without what was found out or given out. */
export function objectToCreate(key: ObjectKey, wanted: JsonObject, free: Freedom): JsonObject {
  const { status: _found, ...content } = wanted;
  const { name, namespace, labels, annotations, ownerReferences } = metadataOf(wanted);
  const finalizers = restoredFinalizers(wanted);
  const metadata = {
    name,
    namespace,
    labels,
    annotations: without(annotations, SPENT_ANNOTATIONS),
    ownerReferences,
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  return withSpec({ ...content, metadata: defined(metadata) }, (spec) => createdSpec(key, spec, free));
}

/** An object as it is set back: the content that was, on the object that is there. */
export function objectToUpdate(key: ObjectKey, wanted: JsonObject, present: JsonObject): JsonObject {
  const { status: _found, ...content } = wanted;
  const was = metadataOf(wanted);
  const { labels: _l, annotations: now, ownerReferences: _o, finalizers: _f, ...identity } = metadataOf(present);
  const kept = isJsonObject(now) ? Object.entries(now).filter(([name]) => KEPT_ANNOTATIONS.includes(name)) : [];
  const annotations = { ...asObject(without(was['annotations'], KEPT_ANNOTATIONS)), ...Object.fromEntries(kept) };
  const finalizers = restoredFinalizers(wanted);
  const metadata = {
    ...identity,
    labels: was['labels'],
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ownerReferences: was['ownerReferences'],
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  const { status } = present;
  const whole = { ...content, ...(status === undefined ? {} : { status }), metadata: defined(metadata) };
  return withSpec(whole, (spec) => updatedSpec(key, spec, asObject(present['spec'])));
}

/** What people write of an object: everything but its status and what only the server sets. */
export function contentOf({ status: _found, metadata, ...rest }: JsonObject): JsonObject {
  const { labels, annotations, ownerReferences, finalizers } = asObject(metadata);
  return { ...rest, metadata: defined({ labels, annotations, ownerReferences, finalizers }) };
}

function createdSpec({ group, resource }: ObjectKey, spec: JsonObject, free: Freedom): JsonObject {
  switch (`${group}/${resource}`) {
    case '/namespaces':
      return omit(spec, ['finalizers']);
    case '/pods':
      return omit(spec, ['nodeName']);
    case '/services':
      return createdService(spec, free);
    case 'batch/jobs':
      return spec['manualSelector'] === true ? spec : createdJob(spec);
    default:
      return spec;
  }
}

/** Addresses and ports are kept where they are free: who knows them finds the Service again. */
function createdService(spec: JsonObject, free: Freedom): JsonObject {
  const { clusterIP, ports, healthCheckNodePort } = spec;
  const hasAddress = typeof clusterIP === 'string' && clusterIP !== '' && clusterIP !== 'None';
  const kept = hasAddress && !free.clusterIP(clusterIP) ? omit(spec, ['clusterIP', 'clusterIPs']) : spec;
  const portList = Array.isArray(ports) ? (ports as readonly JsonValue[]) : undefined;
  const freePorts = portList?.map((port) =>
    isJsonObject(port) && typeof port['nodePort'] === 'number' && !free.nodePort(port['nodePort'])
      ? omit(port, ['nodePort'])
      : port,
  );
  const check = typeof healthCheckNodePort === 'number' && !free.nodePort(healthCheckNodePort);
  return {
    ...(check ? omit(kept, ['healthCheckNodePort']) : kept),
    ...(freePorts === undefined ? {} : { ports: freePorts }),
  };
}

/** A Job finds its pods by its own uid, which is another one now: the server writes selector and labels anew. */
function createdJob(spec: JsonObject): JsonObject {
  const { selector: _own, template, ...rest } = spec;
  if (!isJsonObject(template)) return rest;
  const metadata = metadataOf(template);
  const labels = without(metadata['labels'], [
    'controller-uid',
    'batch.kubernetes.io/controller-uid',
    'job-name',
    'batch.kubernetes.io/job-name',
  ]);
  return { ...rest, template: { ...template, metadata: defined({ ...metadata, labels }) } };
}

/** What was given to the object that is there stays with it. */
function updatedSpec({ group, resource }: ObjectKey, spec: JsonObject, present: JsonObject): JsonObject {
  switch (`${group}/${resource}`) {
    case '/namespaces':
      return { ...spec, ...pick(present, ['finalizers']) };
    case '/pods':
      return { ...omit(spec, ['nodeName']), ...pick(present, ['nodeName']) };
    case '/services':
      return spec['clusterIP'] === 'None' || present['clusterIP'] === 'None' || spec['type'] === 'ExternalName'
        ? spec
        : { ...spec, ...pick(present, ['clusterIP', 'clusterIPs']) };
    case '/persistentvolumeclaims':
      return { ...spec, ...pick(present, ['volumeName']) };
    default:
      return spec;
  }
}

function restoredFinalizers(wanted: JsonObject): readonly JsonValue[] {
  const { finalizers } = metadataOf(wanted);
  const all = Array.isArray(finalizers) ? (finalizers as readonly JsonValue[]) : [];
  return all.filter((name) => typeof name === 'string' && !DELETION_FINALIZERS.includes(name));
}

function withSpec(object: JsonObject, change: (spec: JsonObject) => JsonObject): JsonObject {
  const { spec } = object;
  return isJsonObject(spec) ? { ...object, spec: change(spec) } : object;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function omit(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function pick(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

/** A map without some of its members; undefined when nothing is left of it. */
function without(map: JsonValue | undefined, names: readonly string[]): JsonValue | undefined {
  if (!isJsonObject(map)) return map;
  const rest = omit(map, names);
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function defined(object: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
