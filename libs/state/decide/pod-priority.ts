import { forbidden, type Rejection } from '@taffrail/machinery/rejection';
import type { JsonObject, MutableJsonObject } from '@taffrail/resources/json';
import { SYSTEM_PRIORITIES } from '@taffrail/resources/kinds/priorityclass/rules';
import type { Target } from '../command.ts';
import type { StateView } from '../state-view.ts';
import { targetOf } from './drafting.ts';
import { textOf, metadataOf, type WorkingObject } from './metadata.ts';

const PRIORITY_CLASSES = { group: 'scheduling.k8s.io', resource: 'priorityclasses' } as const;

interface Priority {
  readonly className: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

const PREEMPT = 'PreemptLowerPriority';

/** Settles a new pod's priority from its class, in place. */
export function admitPriority(
  cluster: StateView,
  target: Target,
  pod: WorkingObject,
  spec: MutableJsonObject,
): Rejection | undefined {
  const aim = targetOf(target, textOf(metadataOf(pod), 'name'));
  const className = textOf(spec, 'priorityClassName');
  const priority = className === '' ? defaultPriority(cluster) : classPriority(cluster, className);
  if (priority === undefined) return forbidden(aim, `no PriorityClass with name ${className} was found`);
  const given = spec['priority'];
  if (typeof given === 'number' && given !== priority.value) {
    return forbidden(
      aim,
      `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${priority.value} from the given PriorityClass name`,
    );
  }
  const policy = textOf(spec, 'preemptionPolicy');
  if (policy !== '' && policy !== priority.preemptionPolicy) {
    return forbidden(
      aim,
      `the string value of PreemptionPolicy (${policy}) must not be provided in pod spec; priority admission controller computed ${priority.preemptionPolicy} from the given PriorityClass name`,
    );
  }
  if (priority.className !== '') spec['priorityClassName'] = priority.className;
  spec['priority'] = priority.value;
  spec['preemptionPolicy'] = priority.preemptionPolicy;
  return undefined;
}

/** An update that leaves the priority out means the one the pod has. */
export function carryPriority(spec: MutableJsonObject, previous: JsonObject | undefined): void {
  for (const name of ['priority', 'preemptionPolicy']) {
    const value = previous?.[name];
    if (spec[name] === undefined && (typeof value === 'number' || typeof value === 'string')) spec[name] = value;
  }
}

function classPriority(cluster: StateView, className: string): Priority | undefined {
  const found = cluster.get(PRIORITY_CLASSES, '', className);
  if (found !== undefined) return priorityOf(found.contents());
  // The classes every cluster has count whether or not their objects are there.
  const value = Object.hasOwn(SYSTEM_PRIORITIES, className) ? SYSTEM_PRIORITIES[className] : undefined;
  return value === undefined ? undefined : { className, value, preemptionPolicy: PREEMPT };
}

/** The global default with the lowest value counts; without any a pod has priority 0. */
function defaultPriority(cluster: StateView): Priority {
  const defaults = cluster
    .list(PRIORITY_CLASSES, '')
    .map((object) => object.contents())
    .filter((contents) => contents['globalDefault'] === true)
    .map(priorityOf)
    .sort((left, right) => left.value - right.value);
  return defaults[0] ?? { className: '', value: 0, preemptionPolicy: PREEMPT };
}

function priorityOf(priorityClass: JsonObject): Priority {
  const value = priorityClass['value'];
  return {
    className: textOf(priorityClass['metadata'] as JsonObject, 'name'),
    value: typeof value === 'number' ? value : 0,
    preemptionPolicy: textOf(priorityClass, 'preemptionPolicy') || PREEMPT,
  };
}
