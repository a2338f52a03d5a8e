// SPDX-License-Identifier: Apache-2.0
// Flags of a service: `--name VALUE` or `--name=VALUE`. What is wrong is said in one sentence.

/** What the user gave cannot be used. The message is a whole sentence for them. */
export class UsageError extends Error {}

/** One flag. Made by `flag` and `flags`; its name is its key in the declaration. */
export interface Flag<T> {
  readonly takes: string;
  readonly help: string;
  /** The value once `text` was given, on top of what was given before. Throws UsageError. */
  read(text: string, before: T | undefined): T;
  /** Given by the user's own spelling, so that the help page and the program agree. */
  readonly otherwise: string | undefined;
  readonly absent: T | undefined;
  readonly variable: string | undefined;
}

export type Declaration = Record<string, Flag<unknown>>;
export type Values<D> = { [K in keyof D]: D[K] extends Flag<infer T> ? T : never };

interface Extra {
  /** Read as if it were given when it is not. */
  otherwise?: string;
  /** An environment variable that counts when the flag is not given. */
  variable?: string;
}

/** A flag that is given once at most. Without `otherwise` its absence is `undefined`. */
export function flag<T>(
  takes: string, help: string, read: (text: string) => T, extra: Extra & { otherwise: string },
): Flag<T>;
export function flag<T>(
  takes: string, help: string, read: (text: string) => T, extra?: Extra,
): Flag<T | undefined>;
export function flag<T>(
  takes: string, help: string, read: (text: string) => T, extra: Extra = {},
): Flag<T | undefined> {
  const once = (text: string, before: T | undefined): T => {
    if (before !== undefined) throw new UsageError('it is given twice');
    return read(text);
  };
  return {
    takes, help, read: once, absent: undefined,
    otherwise: extra.otherwise, variable: extra.variable,
  };
}

/** A flag that may be given many times; each adds one value. */
export function flags<T>(takes: string, help: string, read: (text: string) => T): Flag<T[]> {
  const add = (text: string, before: T[] | undefined) => [...(before ?? []), read(text)];
  return { takes, help, read: add, absent: [], otherwise: undefined, variable: undefined };
}

/** The values of all flags, or 'help' when the user asked for it. Throws UsageError. */
export function parseFlags<D extends Declaration>(
  declared: D, words: readonly string[], environment: NodeJS.ProcessEnv,
): Values<D> | 'help' {
  const values: Record<string, unknown> = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--help') return 'help';
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const key = name === undefined ? undefined : keyOf(name);
    const known = key !== undefined && Object.hasOwn(declared, key) ? declared[key] : undefined;
    if (key === undefined || known === undefined) {
      throw new UsageError(`there is no flag ${word.split('=')[0]}; --help lists those there are.`);
    }
    const text = inline ?? rest.shift();
    if (text === undefined) throw new UsageError(`--${name} needs a value: ${known.takes}.`);
    values[key] = readValue(known, `--${name} ${text}`, text, values[key]);
  }
  for (const [key, known] of Object.entries(declared)) {
    values[key] ??= unsaid(key, known, environment);
  }
  return values as Values<D>;
}

function unsaid(key: string, known: Flag<unknown>, environment: NodeJS.ProcessEnv): unknown {
  const set = known.variable === undefined ? undefined : environment[known.variable];
  if (known.variable !== undefined && set) {
    return readValue(known, `${known.variable}=${set}`, set, undefined);
  }
  if (known.otherwise === undefined) return known.absent;
  return readValue(known, `--${nameOf(key)} ${known.otherwise}`, known.otherwise, undefined);
}

function readValue(known: Flag<unknown>, given: string, text: string, before: unknown): unknown {
  try {
    return known.read(text, before);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${given} cannot be used: ${error.message}.`);
  }
}

/** The help page. */
export function usage(program: string, purpose: string, declared: Declaration): string {
  const rows = Object.entries(declared).map(([key, known]) => {
    const notes = [
      known.otherwise === undefined ? [] : [`default: ${known.otherwise}`],
      known.variable === undefined ? [] : [`or ${known.variable}`],
    ].flat();
    const note = notes.length > 0 ? ` (${notes.join('; ')})` : '';
    return `  --${nameOf(key)} ${known.takes}\n      ${known.help}${note}\n`;
  });
  const line = `Usage: node build/${program}/main.js [FLAGS]`;
  return `${program}: ${purpose}\n\n${line}\n\n${rows.join('')}`;
}

const keyOf = (name: string) =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
const nameOf = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
