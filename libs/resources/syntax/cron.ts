import type { Faults } from './names.ts';

/*
 * Schedules as CronJobs take them: five fields, or a descriptor. What is wrong is said in the words of the parser every
 * Kubernetes cluster uses (robfig/cron), since users search for them.
 */

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Bounds[] = [
  { minimum: 0, maximum: 59 },
  { minimum: 0, maximum: 23 },
  { minimum: 1, maximum: 31 },
  { minimum: 1, maximum: 12, names: MONTHS },
  { minimum: 0, maximum: 6, names: DAYS },
];
const DESCRIPTORS: readonly string[] = [
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
];
const DURATION =
  /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;

/** A schedule such as `0 9 * * mon-fri`, `@hourly` or `@every 1h30m`. */
export function cronSchedule(value: string): Faults {
  if (value === '') return ['empty spec string'];
  let schedule = value;
  if (/^(?:CRON_)?TZ=/.test(value)) {
    const [zone = ''] = value.split(' ', 1);
    const name = zone.slice(zone.indexOf('=') + 1);
    if (!isTimeZone(name)) return [`provided bad location ${name}: unknown time zone ${name}`];
    schedule = value.slice(zone.length).trim();
  }
  if (schedule.startsWith('@')) return descriptorFaults(schedule);
  const fields = schedule.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length) {
    return [`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`];
  }
  for (const [at, bounds] of FIELDS.entries()) {
    const fault = fieldFault(fields[at] ?? '', bounds);
    if (fault !== undefined) return [fault];
  }
  return [];
}

/** Whether a name is one of the IANA time zone database (or `UTC`). */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}

function descriptorFaults(descriptor: string): Faults {
  if (DESCRIPTORS.includes(descriptor)) return [];
  const every = '@every ';
  if (!descriptor.startsWith(every)) return [`unrecognized descriptor: ${descriptor}`];
  const text = descriptor.slice(every.length);
  return DURATION.test(text) || text === '0'
    ? []
    : [`failed to parse duration ${descriptor}: time: invalid duration "${text}"`];
}

function fieldFault(field: string, bounds: Bounds): string | undefined {
  for (const part of field.split(',').filter((one) => one !== '')) {
    const fault = rangeFault(part, bounds);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** One of `*`, `?`, `a`, `a-b`, each with `/step`. */
function rangeFault(text: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...moreSlashes] = text.split('/');
  const [lowText = '', highText, ...moreHyphens] = range.split('-');
  const isAll = lowText === '*' || lowText === '?';
  if (!isAll && moreHyphens.length > 0) return `too many hyphens: ${text}`;
  const low = isAll ? bounds.minimum : numberOf(lowText, bounds);
  if (typeof low === 'string') return low;
  const single = step === undefined ? low : bounds.maximum;
  const high = isAll ? bounds.maximum : highText === undefined ? single : numberOf(highText, bounds);
  if (typeof high === 'string') return high;
  const stride = step === undefined ? 1 : numberOf(step, { minimum: 0, maximum: 0 });
  if (typeof stride === 'string') return stride;
  if (moreSlashes.length > 0) return `too many slashes: ${text}`;
  if (low < bounds.minimum) return `beginning of range (${low}) below minimum (${bounds.minimum}): ${text}`;
  if (high > bounds.maximum) return `end of range (${high}) above maximum (${bounds.maximum}): ${text}`;
  if (low > high) return `beginning of range (${low}) beyond end of range (${high}): ${text}`;
  return stride === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

/** A number or a name; a text says what is wrong. */
function numberOf(text: string, { minimum, names }: Bounds): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + minimum;
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  }
  const number = Number(text);
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number;
}
