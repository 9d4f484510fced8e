/** What a request wants done about fields that are unknown or set twice: query parameter `fieldValidation`. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The errors of strict decoding as one message. */
export function strictDecodingMessage(faults: readonly string[]): string {
  return `strict decoding error: ${faults.join(', ')}`;
}
