import type { TableColumn } from '../definition.ts';

type Type = TableColumn['type'];

function column(name: string, description: string, type: Type, format: string, priority: number): TableColumn {
  return Object.freeze({ name, type, format, priority, description });
}

/** The column every kind begins with. */
export const NAME = column('Name', 'Name of the object, unique within its namespace', 'string', 'name', 0);
/** The column most kinds end with. */
export const AGE = column('Age', 'Time since the object was created', 'string', '', 0);

/** A column shown always. */
export function narrow(name: string, description: string, type: Type = 'string'): TableColumn {
  return column(name, description, type, '', 0);
}

/** A column shown with `-o wide`. */
export function wide(name: string, description: string, type: Type = 'string'): TableColumn {
  return column(name, description, type, '', 1);
}
