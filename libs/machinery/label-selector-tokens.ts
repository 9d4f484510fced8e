/** A piece of a label selector's text. */
export interface Token {
  readonly type: 'identifier' | 'in' | 'notin' | '=' | '==' | '!=' | '>' | '<' | '!' | '(' | ')' | ',' | 'end';
  readonly text: string;
}

const PIECE = /\s*(?:(==|!=|[=><!(),])|([^=!(),><\s]+))/gy;

/** Cuts a label selector into tokens; the last is `end`. Every character is white space, a symbol or part of a word. */
export function scanSelector(text: string): readonly Token[] {
  const tokens = [...text.matchAll(PIECE)].map(([, symbol, word = '']): Token => {
    if (symbol !== undefined) return { type: symbol as Token['type'], text: symbol };
    return { type: word === 'in' || word === 'notin' ? word : 'identifier', text: word };
  });
  return [...tokens, { type: 'end', text: '' }];
}
