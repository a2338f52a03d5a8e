// SPDX-License-Identifier: Apache-2.0
// What an event is about: a list that grows by typing or choosing.
import type { KeyboardEvent } from 'react';

import { targets_of } from '../lib/sentences';

// `text` is what is being typed, and counts when the form is sent. Nothing moves when the field is
// left: the button that one is about to press stays where it is.
interface Given {
  about: string[];
  set_about: (about: string[]) => void;
  text: string;
  set_text: (text: string) => void;
  known: string[]; // to choose from
}

export function AboutField({ about, set_about, text, set_text, known }: Given) {
  const add = () => {
    set_about(targets_of(about, text));
    set_text('');
  };
  const press = (event: KeyboardEvent) => {
    if ((event.key === 'Enter' && text.trim() !== '') || event.key === ',') {
      event.preventDefault();
      add();
    }
  };
  return (
    <div className="field">
      <label htmlFor="event-about">About (Enter adds one)</label>
      <input
        id="event-about"
        list="known-targets"
        value={text}
        placeholder="shop/svc/payments, ns/shop"
        autoComplete="off"
        onChange={(event) => set_text(event.target.value)}
        onKeyDown={press}
      />
      <datalist id="known-targets">
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {about.length > 0 && (
        <ul className="tokens" aria-label="About">
          {about.map((target) => (
            <li key={target}>
              <span className="name">{target}</span>
              <button
                type="button"
                className="quiet"
                aria-label={`Remove ${target}`}
                onClick={() => set_about(about.filter((other) => other !== target))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
