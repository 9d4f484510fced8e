import { assertNever } from '@taffrail/platform/assert';
import type { KubeObject } from '@taffrail/resources/object';
import { stringify } from 'yaml';
import { resourceText } from '../api-path.ts';
import type { ControllerCommand, PlannedEvent } from '../command.ts';
import type { Controller, PlanContext, PlanFailure, WorkKey } from '../controller.ts';
import { givenView, identified, type GivenView } from './given-view.ts';
import { resourceOf } from './resource-of.ts';

export interface GivenPlan extends GivenView {
  readonly key: WorkKey;
  readonly nowMs?: number;
  readonly seed?: number;
  readonly lastFailure?: PlanFailure;
}

/** What a controller would do about `key` given some objects. */
export function planOf(controller: Controller, given: GivenPlan): readonly ControllerCommand[] {
  const context: PlanContext = {
    nowMs: given.nowMs ?? 0,
    seed: given.seed ?? 1,
    ...(given.lastFailure === undefined ? {} : { lastFailure: given.lastFailure }),
  };
  return controller.plan(givenView([controller], given), given.key, context);
}

/**
 * The same as text, one command after the other, for tests that compare it whole: creations in full, updates as what
 * they change against the given object.
 */
export function planTranscript(controller: Controller, given: GivenPlan): string {
  const objects = given.objects.map(identified);
  const lines = planOf(controller, given).map((command) => describe(command, objects));
  return lines.length === 0 ? 'nothing to do\n' : lines.join('');
}

function describe(command: ControllerCommand, given: readonly KubeObject[]): string {
  switch (command.type) {
    case 'create': {
      const { apiVersion: _version, kind: _kind, ...rest } = command.object;
      return `create ${place(command.object)}\n${indented(rest)}${eventLine(command.event)}`;
    }
    case 'update': {
      const before = given.find((object) => place(object) === place(command.object));
      const part = command.subresource === undefined ? '' : ` ${command.subresource}`;
      return `update${part} ${place(command.object)}\n${changes('', before, command.object).join('')}${eventLine(command.event)}`;
    }
    case 'patch': {
      const part = command.subresource === undefined ? '' : ` ${command.subresource}`;
      const where = `${resourceText(command.resource)} ${slashed(command.namespace, command.name)}`;
      return `patch${part} ${where}\n${indented(command.patch)}`;
    }
    case 'delete': {
      const options = command.options === undefined ? '' : ` ${JSON.stringify(command.options)}`;
      const where = `${resourceText(command.resource)} ${slashed(command.namespace, command.name)}`;
      return `delete ${where} uid ${command.uid}${options}\n${eventLine(command.event)}`;
    }
    case 'delete-collection':
      return `delete all ${resourceText(command.resource)} in ${command.namespace}\n`;
    case 'event':
      return eventLine(command).trimStart();
    case 'requeue':
      return `requeue after ${command.afterMs} ms\n`;
    default:
      return assertNever(command);
  }
}

function eventLine(event: PlannedEvent | undefined): string {
  if (event === undefined) return '';
  const { about } = event;
  return `  event ${event.eventType} ${event.reason} on ${about.kind}/${about.metadata.name ?? ''}: ${event.message}\n`;
}

function place(object: KubeObject): string {
  const { namespace = '', name = '', generateName = '' } = object.metadata;
  return `${resourceText(resourceOf(object))} ${slashed(namespace, name === '' ? `${generateName}…` : name)}`;
}

function slashed(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function indented(value: unknown): string {
  return stringify(value, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, '  ');
}

/** Lines `path: before → after` for every leaf that differs. */
function changes(path: string, before: unknown, after: unknown): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isPlain(before) || !isPlain(after)) {
    return [`  ${path}: ${shown(before)} → ${shown(after)}\n`];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => changes(path === '' ? key : `${path}.${key}`, before[key], after[key]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
