import { lengthFault, rangeFault, regexFault } from './regex-fault.ts';

/** Every check here answers with the faults it found, worded as Kubernetes words them; none means valid. */
export type Faults = readonly string[];

/** Longest DNS label and longest DNS subdomain, in characters. */
export const DNS_LABEL_CHARACTERS = 63;
export const DNS_SUBDOMAIN_CHARACTERS = 253;

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const WILDCARD_SUBDOMAIN = `\\*\\.${SUBDOMAIN}`;
const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const ENV_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const HTTP_HEADER = '[-A-Za-z0-9]+';

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

const labelExpression = whole(LABEL);
const subdomainExpression = whole(SUBDOMAIN);
const wildcardExpression = whole(WILDCARD_SUBDOMAIN);
const underscoreExpression = whole(UNDERSCORE_SUBDOMAIN);
const label1035Expression = whole(LABEL_1035);
const cIdentifierExpression = whole(C_IDENTIFIER);
const configKeyExpression = whole(CONFIG_KEY);
const httpHeaderExpression = whole(HTTP_HEADER);
const envNameExpression = whole(ENV_NAME);

const LABEL_FAULT = regexFault(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  'my-name',
  '123-abc',
);
const SUBDOMAIN_FAULT = regexFault(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  'example.com',
);
const LABEL_1035_FAULT = regexFault(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  LABEL_1035,
  'my-name',
  'abc-123',
);

/** An RFC 1123 label, e.g. a container's name. */
export function dns1123Label(value: string): Faults {
  const faults: string[] = [];
  if (value.length > DNS_LABEL_CHARACTERS) faults.push(lengthFault(DNS_LABEL_CHARACTERS));
  if (!labelExpression.test(value)) {
    faults.push(subdomainExpression.test(value) ? 'must not contain dots' : LABEL_FAULT);
  }
  return faults;
}

/** An RFC 1123 subdomain, e.g. most objects' names. */
export function dns1123Subdomain(value: string): Faults {
  const faults: string[] = [];
  if (value.length > DNS_SUBDOMAIN_CHARACTERS) faults.push(lengthFault(DNS_SUBDOMAIN_CHARACTERS));
  if (!subdomainExpression.test(value)) faults.push(SUBDOMAIN_FAULT);
  return faults;
}

/** An RFC 1123 subdomain that may hold underscores, e.g. a DNS search path. */
export function dns1123SubdomainWithUnderscore(value: string): Faults {
  const faults: string[] = [];
  if (value.length > DNS_SUBDOMAIN_CHARACTERS) faults.push(lengthFault(DNS_SUBDOMAIN_CHARACTERS));
  if (!underscoreExpression.test(value)) {
    faults.push(
      regexFault(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        UNDERSCORE_SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return faults;
}

/** `*.` and a subdomain: the host of a rule for all hosts below it. */
export function wildcardDns1123Subdomain(value: string): Faults {
  const faults: string[] = [];
  if (value.length > DNS_SUBDOMAIN_CHARACTERS) faults.push(lengthFault(DNS_SUBDOMAIN_CHARACTERS));
  if (!wildcardExpression.test(value)) {
    faults.push(
      regexFault(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD_SUBDOMAIN,
        '*.example.com',
      ),
    );
  }
  return faults;
}

/** An RFC 1035 label, e.g. a Service's name. */
export function dns1035Label(value: string): Faults {
  const faults: string[] = [];
  if (value.length > DNS_LABEL_CHARACTERS) faults.push(lengthFault(DNS_LABEL_CHARACTERS));
  if (!label1035Expression.test(value)) faults.push(LABEL_1035_FAULT);
  return faults;
}

/** A name that is one segment of a URL path. */
export function pathSegment(value: string): Faults {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

/** A C identifier, e.g. a prefix of `envFrom` in older versions. */
export function cIdentifier(value: string): Faults {
  return cIdentifierExpression.test(value)
    ? []
    : [
        regexFault(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          C_IDENTIFIER,
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ];
}

/** A key of a ConfigMap or Secret. */
export function configMapKey(value: string): Faults {
  const faults: string[] = [];
  if (value.length > DNS_SUBDOMAIN_CHARACTERS) faults.push(lengthFault(DNS_SUBDOMAIN_CHARACTERS));
  if (!configKeyExpression.test(value)) {
    faults.push(
      regexFault(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return [...faults, ...dotFaults(value)];
}

/** The name of an environment variable: printable ASCII without `=`. */
export function environmentVariableName(value: string): Faults {
  if (value !== '' && /^[\x20-\x3c\x3e-\x7e]+$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A name of an environment variable that every shell can read; only for warnings. */
export function isPortableEnvironmentVariableName(value: string): boolean {
  return envNameExpression.test(value);
}

/** The name of an HTTP header. */
export function httpHeaderName(value: string): Faults {
  return httpHeaderExpression.test(value)
    ? []
    : [regexFault("a valid HTTP header must consist of alphanumeric characters or '-'", HTTP_HEADER, 'X-Header-Name')];
}

function dotFaults(value: string): Faults {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  if (value.startsWith('..')) return ["must not start with '..'"];
  return [];
}

/** A TCP or UDP port. */
export function portNumber(value: number): Faults {
  return value >= 1 && value <= 65_535 ? [] : [rangeFault(1, 65_535)];
}

/** The name of a port (IANA service name). */
export function portName(value: string): Faults {
  const faults: string[] = [];
  if (value.length > 15) faults.push(lengthFault(15));
  if (!/^[-a-z0-9]+$/.test(value))
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) faults.push('must contain at least one letter (a-z)');
  if (value.includes('--')) faults.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}
