import { dns1123Subdomain, type Faults } from './names.ts';
import { lengthFault, regexFault } from './regex-fault.ts';

const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = `(${NAME})?`;
const nameExpression = new RegExp(`^(?:${NAME})$`);
const valueExpression = new RegExp(`^(?:${VALUE})$`);
const NAME_OR_VALUE_CHARACTERS = 63;

const NAME_FAULT = regexFault(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  NAME,
  'MyName',
  'my.name',
  '123-abc',
);
const VALUE_FAULT = regexFault(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  VALUE,
  'MyValue',
  'my_value',
  '12345',
);

/** A qualified name: `name` or `dns.prefix/name`; what label keys, annotation keys and resource names are. */
export function qualifiedName(value: string): Faults {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${regexFault(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        NAME,
        'MyName',
        'my.name',
        '123-abc',
      )} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const faults: string[] = [];
  const [first = '', second] = parts;
  if (second !== undefined) {
    if (first === '') faults.push('prefix part must be non-empty');
    else faults.push(...dns1123Subdomain(first).map((fault) => `prefix part ${fault}`));
  }
  return [...faults, ...namePart(second ?? first)];
}

function namePart(name: string): Faults {
  const faults: string[] = [];
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > NAME_OR_VALUE_CHARACTERS) faults.push(`name part ${lengthFault(NAME_OR_VALUE_CHARACTERS)}`);
  if (!nameExpression.test(name)) faults.push(`name part ${NAME_FAULT}`);
  return faults;
}

/** The value of a label. */
export function labelValue(value: string): Faults {
  const faults: string[] = [];
  if (value.length > NAME_OR_VALUE_CHARACTERS) faults.push(lengthFault(NAME_OR_VALUE_CHARACTERS));
  if (!valueExpression.test(value)) faults.push(VALUE_FAULT);
  return faults;
}
