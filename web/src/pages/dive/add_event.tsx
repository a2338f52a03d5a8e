// SPDX-License-Identifier: Apache-2.0
// The form by which people tell of an event.
import { useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';

import { ApiError } from '../../api/client';
import { useAddEvent, useServices } from '../../api/queries';
import type { ServiceRef } from '../../api/types';
import { AboutField } from '../../components/about_field';
import { event_link } from '../../lib/links';
import { targets_of } from '../../lib/sentences';
import { useRange } from '../../state/range';

interface Given {
  service: ServiceRef | null; // what it is about at first
  close: () => void;
}

export function AddEvent({ service, close }: Given) {
  const [title, set_title] = useState('');
  const [description, set_description] = useState('');
  const [about, set_about] = useState(service === null ? [] : [target_text(service)]);
  const [typed, set_typed] = useState('');
  const [begins, set_begins] = useState('');
  const [range] = useRange();
  const [, go] = useLocation();
  const services = useServices();
  const add = useAddEvent();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      {
        title: title.trim(),
        description,
        about: targets_of(about, typed),
        ...(service === null ? {} : { cluster: service.cluster }),
        starts_ms: begins === '' ? null : new Date(begins).getTime(),
      },
      { onSuccess: (added) => go(event_link(added.id, range)) },
    );
  };
  return (
    <section className="empty" aria-labelledby="add-event">
      <form className="form" onSubmit={submit}>
        <h2 id="add-event">Add event</h2>
        <div className="field">
          <label htmlFor="event-title">What happens</label>
          <input
            id="event-title"
            value={title}
            required
            autoFocus
            maxLength={256}
            placeholder="Deploy payments from staging to QA"
            onChange={(event) => set_title(event.target.value)}
          />
        </div>
        <div className="row">
          <AboutField
            about={about}
            set_about={set_about}
            text={typed}
            set_text={set_typed}
            known={(services.data ?? []).map(target_text)}
          />
          <div className="field">
            <label htmlFor="event-begins">Begins (now, if left empty)</label>
            <input
              id="event-begins"
              type="datetime-local"
              value={begins}
              onChange={(event) => set_begins(event.target.value)}
            />
          </div>
        </div>
        <div className="field">
          <label htmlFor="event-description">More about it (Markdown, shown as written)</label>
          <textarea
            id="event-description"
            value={description}
            rows={4}
            maxLength={65536}
            onChange={(event) => set_description(event.target.value)}
          />
        </div>
        <FormError error={add.error} />
        <div className="buttons">
          <button type="submit" className="primary" disabled={add.isPending}>
            Add
          </button>
          <button type="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </section>
  );
}

export function FormError({ error }: { error: Error | null }) {
  if (error === null) return null;
  const hint = error instanceof ApiError ? error.hint : '';
  return (
    <p className="field-error" role="alert">
      {error.message} {hint}
    </p>
  );
}

function target_text(service: ServiceRef): string {
  return `${service.namespace}/svc/${service.name}`;
}
