// SPDX-License-Identifier: Apache-2.0
// A mail, and how it travels (RFC 5321, RFC 5322).

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Of a line on the wire, with its CRLF. */
export const LONGEST_LINE = 1000;

const header = (name: string, value: string) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}`;

/** The mail as lines, without the dot that ends it. */
export function composed({ from, to, subject, text }: Mail): string[] {
  const head = [
    header('From', from), header('To', to), header('Subject', subject),
    'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit', '',
  ];
  return [...head, ...text.split(/\r\n|\r|\n/)];
}

/** As they stand after DATA: a line that begins with a dot gets another one, and a dot ends it. */
export function stuffed(lines: readonly string[]): string {
  const told = lines.map((line) => (line.startsWith('.') ? `.${line}` : line));
  return `${[...told, '.'].join('\r\n')}\r\n`;
}
