/** Kubernetes' wordings that several rules share. */
export const NEGATIVE = 'must be greater than or equal to 0';
export const NOT_POSITIVE = 'must be greater than 0';
export const NOT_ABOVE_ZERO = 'must be greater than zero';
export const NOT_INTEGER = 'must be an integer';
export const FILE_MODE = 'must be a number between 0 and 0777 (octal), both inclusive';
export const EMPTY = 'can not be empty';
