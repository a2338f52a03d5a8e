// SPDX-License-Identifier: Apache-2.0
const kLong = 64; // letters

// A name that a row is not known by: of a long one four lines show, and all of it on hovering.
export function Brief({ text, children }: { text: string; children?: string }) {
  const is_long = text.length > kLong;
  return (
    <span className={is_long ? 'name brief' : 'name'} title={is_long ? text : undefined}>
      {children ?? text}
    </span>
  );
}
