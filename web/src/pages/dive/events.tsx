// SPDX-License-Identifier: Apache-2.0
// What happened, newest first: rollouts that were detected, and what people said.
import { useState, type FormEvent } from 'react';
import { useLocation, useSearch } from 'wouter';

import { useAddEvent, useEvents, useSession, type EventFilter } from '../../api/queries';
import { EventItem } from '../../components/event_item';
import { Loading, Problem, Stale } from '../../components/problem';
import { RangeChoice } from '../../components/range_choice';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';

const kKinds = [
  ['', 'All kinds'],
  ['rollout', 'Code rollouts'],
  ['process', 'Process events'],
  ['agent', 'Cluster events'],
] as const;
const kStates = [
  ['', 'All states'],
  ['scheduled', 'Scheduled'],
  ['ongoing', 'Ongoing'],
  ['concluded', 'Concluded'],
  ['undone', 'Undone'],
] as const;

export function EventsPage() {
  useTitle('Events');
  const [range] = useRange();
  const search = useSearch();
  const given = new URLSearchParams(search);
  const filter: EventFilter = {
    kind: given.get('kind') ?? '',
    state: given.get('state') ?? '',
    service: given.get('service') ?? '',
  };
  const events = useEvents(filter, range);
  const session = useSession();
  const can_edit = session.data?.can_edit ?? false;
  return (
    <>
      <div className="page-head">
        <h1>Events</h1>
        <RangeChoice />
      </div>
      <Filters filter={filter} />
      {can_edit && <AddEvent />}
      <Stale error={events.data === undefined ? null : events.error} />
      {events.data !== undefined ? (
        <List events={events.data.events} now_ms={Date.now()} can_edit={can_edit} />
      ) : events.error !== null ? (
        <Problem error={events.error} again={() => void events.refetch()} />
      ) : (
        <Loading what="events" />
      )}
    </>
  );
}

interface ListGiven {
  events: Parameters<typeof EventItem>[0]['event'][];
  now_ms: number;
  can_edit: boolean;
}

function List({ events, now_ms, can_edit }: ListGiven) {
  if (events.length === 0) {
    return (
      <section className="empty small">
        <h2>No such event in this span</h2>
        <p>
          Rollouts appear by themselves when a workload&apos;s version changes. People add events
          here, or by
        </p>
        <pre>
          seine event add &quot;Deploy payments from staging to QA&quot; --target svc/payments
        </pre>
      </section>
    );
  }
  return (
    <ol className="events">
      {events.map((event) => (
        <EventItem key={event.id} event={event} now_ms={now_ms} can_edit={can_edit} />
      ))}
    </ol>
  );
}

function Filters({ filter }: { filter: EventFilter }) {
  const search = useSearch();
  const [path, go] = useLocation();
  const set = (name: keyof EventFilter, value: string) => {
    const given = new URLSearchParams(search);
    if (value === '') given.delete(name);
    else given.set(name, value);
    const text = given.toString();
    go(path + (text === '' ? '' : `?${text}`), { replace: true });
  };
  return (
    <div className="filters" role="group" aria-label="Which events">
      <label>
        Kind
        <select value={filter.kind} onChange={(event) => set('kind', event.target.value)}>
          {kKinds.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        State
        <select value={filter.state} onChange={(event) => set('state', event.target.value)}>
          {kStates.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Service
        <input
          type="search"
          value={filter.service}
          placeholder="all"
          onChange={(event) => set('service', event.target.value)}
        />
      </label>
    </div>
  );
}

function AddEvent() {
  const [is_open, set_open] = useState(false);
  const [title, set_title] = useState('');
  const [description, set_description] = useState('');
  const add = useAddEvent();
  if (!is_open) {
    return (
      <button type="button" onClick={() => set_open(true)}>
        Add event
      </button>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      { title, description, targets: [], starts_ms: null, ends_ms: null },
      {
        onSuccess: () => {
          set_open(false);
          set_title('');
          set_description('');
        },
      },
    );
  };
  return (
    <form className="card form" onSubmit={submit} aria-label="Add event">
      <label>
        What happens
        <input
          value={title}
          required
          maxLength={256}
          placeholder="Deploy payments from staging to QA"
          onChange={(event) => set_title(event.target.value)}
        />
      </label>
      <label>
        More about it, in Markdown
        <textarea
          value={description}
          rows={4}
          maxLength={65536}
          onChange={(event) => set_description(event.target.value)}
        />
      </label>
      {add.error !== null && (
        <p className="field-error" role="alert">
          {add.error.message}
        </p>
      )}
      <div className="buttons">
        <button type="submit" className="primary" disabled={add.isPending}>
          Add
        </button>
        <button type="button" onClick={() => set_open(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
