// SPDX-License-Identifier: Apache-2.0
// A command to type, or to copy.
import { useState } from 'react';

const kThanksMs = 2_000;

export function Command({ text }: { text: string }) {
  const [is_copied, set_copied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      set_copied(true);
      setTimeout(() => set_copied(false), kThanksMs);
    } catch {
      // Forbidden: it can still be selected.
    }
  };
  return (
    <div className="command">
      <code>
        {text.split(' ').map((word, i) => (
          <span key={i}>
            {i > 0 && ' '}
            <span className="word">{word}</span>
          </span>
        ))}
      </code>
      <button type="button" className="quiet" aria-label={`Copy: ${text}`} onClick={copy}>
        {is_copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
