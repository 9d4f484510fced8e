import { revision, type Revision } from '@taffrail/platform/brand';
import { assertNever } from '@taffrail/platform/assert';
import type { KubeObject } from '@taffrail/resources/object';
import type { LiveChange } from './evolve.ts';
import type { Answer, Decided, ObjectView } from './decide/decision.ts';
import { withRevision } from './live-object.ts';
import type { Accepted, AcceptedObject } from './outcome.ts';

/** What a decided command answers, given the changes its drafts became and the revision the state stands at. */
export function acceptedOf(decision: Decided, changes: readonly LiveChange[], head: Revision): Accepted {
  const { answer, warnings, created, removed } = decision;
  const rest = { warnings, created, removed };
  if (answer.type === 'transaction') {
    const items = answer.items.map((item) => ({
      object: acceptedObject(item.answer, changes),
      result: item.result,
      warnings: item.warnings,
    }));
    return { object: NOTHING, items, end: changes.at(-1)?.revision ?? head, ...rest };
  }
  if (answer.type !== 'collection') return { object: acceptedObject(answer, changes), ...rest };
  const objects = answer.items.map((item) => acceptedObject(item, changes));
  return { object: NOTHING, objects, rest: answer.rest, ...rest };
}

function acceptedObject(answer: Answer, changes: readonly LiveChange[]): AcceptedObject {
  switch (answer.type) {
    case 'draft': {
      const current = changes[answer.index]?.current;
      return current === undefined ? NOTHING : shown(current, answer.view);
    }
    case 'present':
      return shown(answer.object, answer.view);
    case 'imagined': {
      const { contents, present } = answer;
      const object = present === undefined ? contents : withRevision(contents, present.revision);
      return shown(parsedObject(present?.revision ?? revision(0), object), answer.view);
    }
    case 'collection':
    case 'transaction':
      return NOTHING;
    default:
      return assertNever(answer);
  }
}

function shown(object: AcceptedObject, view: ObjectView | undefined): AcceptedObject {
  return view === undefined ? object : parsedObject(object.revision, view(object.object()));
}

function parsedObject(at: Revision, object: KubeObject): AcceptedObject {
  return Object.freeze({ revision: at, object: () => object, body: () => Buffer.from(JSON.stringify(object)) });
}

const EMPTY = Object.freeze({ apiVersion: '', kind: '', metadata: Object.freeze({}) }) as unknown as KubeObject;
const NOTHING: AcceptedObject = Object.freeze({
  revision: revision(0),
  object: () => EMPTY,
  body: () => Buffer.from('{}'),
});
