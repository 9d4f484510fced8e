import type { LabelSelector as LabelSelectorObject } from '@taffrail/resources/generated/types';
import { labelValue, qualifiedName } from '@taffrail/resources/syntax/labels';
import { scanSelector, type Token } from './label-selector-tokens.ts';
import { badRequest, type Rejection } from './rejection.ts';
import { integer, type LabelRequirement, type LabelSelector, NOTHING } from './selector.ts';

/** Reads a label selector as it stands in a query. Rejects (400) what is none, with Kubernetes' wording. */
export function parseLabelSelector(text: string): LabelSelector | Rejection {
  const parser = new Parser(scanSelector(text));
  const fault = parser.run();
  return fault === undefined ? sorted(parser.requirements) : badRequest(fault);
}

/**
 * The selector an object of the API means: `matchLabels` and `matchExpressions`, all of which must hold.
 * None selects nothing, an empty one everything. Rejects (400) operators, keys and values that are none.
 */
export function labelSelectorOf(selector: Partial<LabelSelectorObject> | null | undefined): LabelSelector | Rejection {
  if (selector === undefined || selector === null) return NOTHING;
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = OBJECT_OPERATORS.get(operator);
    if (known === undefined) return badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push({ key, operator: known, values: [...new Set(values)].toSorted() });
  }
  const faults = requirements.flatMap((requirement) => requirementFaults(requirement));
  return faults.length === 0 ? sorted(requirements) : badRequest(aggregate(faults));
}

const OBJECT_OPERATORS: ReadonlyMap<string, LabelRequirement['operator']> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

const COMPARISONS: ReadonlyMap<Token['type'], LabelRequirement['operator']> = new Map([
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
  ['>', '>'],
  ['<', '<'],
]);

const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/** Recursive descent over the tokens; every method answers what is wrong, or undefined. */
class Parser {
  readonly requirements: LabelRequirement[] = [];
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): string | undefined {
    for (;;) {
      const token = this.#peek();
      if (token.type === 'end') return undefined;
      if (!isIdentifier(token) && token.type !== '!') {
        return `found '${token.text}', expected: !, identifier, or 'end of string'`;
      }
      const fault = this.#requirement();
      if (fault !== undefined) return `unable to parse requirement: ${fault}`;
      const after = this.#take();
      if (after.type === 'end') return undefined;
      if (after.type !== ',') return `found '${after.text}', expected: ',' or 'end of string'`;
      const next = this.#peek();
      if (!isIdentifier(next) && next.type !== '!') {
        return `found '${next.text}', expected: identifier after ','`;
      }
    }
  }

  #requirement(): string | undefined {
    const negated = this.#peek().type === '!';
    if (negated) this.#take();
    const name = this.#take();
    if (!isIdentifier(name)) return `found '${name.text}', expected: identifier`;
    const keyFaults = qualifiedName(name.text);
    if (keyFaults.length > 0) return invalidText('<nil>', name.text, keyFaults);
    const next = this.#peek().type;
    if (negated || next === 'end' || next === ',') {
      return this.#add({ key: name.text, operator: negated ? '!' : 'exists', values: [] });
    }
    const operator = this.#take();
    if (operator.type === 'in' || operator.type === 'notin') {
      const values = this.#values();
      return typeof values === 'string' ? values : this.#add({ key: name.text, operator: operator.type, values });
    }
    const comparison = COMPARISONS.get(operator.type);
    if (comparison === undefined) return `found '${operator.text}', expected: ${BINARY_OPERATORS}`;
    const values = this.#exactValue();
    return typeof values === 'string' ? values : this.#add({ key: name.text, operator: comparison, values });
  }

  #add(requirement: LabelRequirement): string | undefined {
    const faults = requirementFaults(requirement);
    this.requirements.push(requirement);
    return faults.length === 0 ? undefined : aggregate(faults);
  }

  /** `(a,b)`; an empty place between commas is the empty value. */
  #values(): readonly string[] | string {
    const open = this.#take();
    if (open.type !== '(') return `found '${open.text}' expected: '('`;
    const values = new Set<string>();
    let expectsValue = true;
    for (;;) {
      const token = this.#take();
      if (isIdentifier(token)) {
        if (!expectsValue) return `found '${token.text}', expected: ',' or ')'`;
        values.add(token.text);
        expectsValue = false;
      } else if (token.type === ',' || token.type === ')') {
        if (expectsValue) values.add('');
        if (token.type === ')') return [...values].toSorted();
        expectsValue = true;
      } else {
        return `found '${token.text}', expected: ${expectsValue ? "',', ')' or identifier" : "',' or ')'"}`;
      }
    }
  }

  #exactValue(): readonly string[] | string {
    const next = this.#peek();
    if (next.type === 'end' || next.type === ',') return [''];
    const token = this.#take();
    return isIdentifier(token) ? [token.text] : `found '${token.text}', expected: identifier`;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? END;
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }
}

const END: Token = Object.freeze({ type: 'end', text: '' });

/** `in` and `notin` are operators only where one is expected. */
function isIdentifier(token: Token): boolean {
  return token.type === 'identifier' || token.type === 'in' || token.type === 'notin';
}

/** What is wrong with a requirement, as Kubernetes lists it. */
function requirementFaults({ key, operator, values }: LabelRequirement): readonly string[] {
  const faults: string[] = [];
  const keyFaults = qualifiedName(key);
  if (keyFaults.length > 0) faults.push(invalidText('key', key, keyFaults));
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    faults.push("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    faults.push(
      `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`,
    );
  }
  for (const [index, value] of values.entries()) {
    if ((operator === '>' || operator === '<') && integer(value) === undefined) {
      faults.push(invalidText(`values[${index}]`, value, ["for 'Gt', 'Lt' operators, the value must be an integer"]));
    }
    const valueFaults = labelValue(value);
    if (valueFaults.length > 0) faults.push(invalidText(`values[${index}][${key}]`, value, valueFaults));
  }
  return faults;
}

function invalidText(field: string, value: string, faults: readonly string[]): string {
  return `${field}: Invalid value: ${JSON.stringify(value)}: ${faults.join('; ')}`;
}

/** Several errors as apimachinery joins them. */
function aggregate(faults: readonly string[]): string {
  return faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`;
}

function sorted(requirements: readonly LabelRequirement[]): LabelSelector {
  return requirements.toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
}
