import { readFileSync } from 'node:fs';
import { usage } from './session.ts';

export interface DocumentFile {
  readonly text: string;
  readonly json: unknown;
}

/** Ends the program with what is wrong if there is no JSON in that file. */
export function readDocument(path: string): DocumentFile {
  const text = readText(path);
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch (error) {
    return usage(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return usage(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
