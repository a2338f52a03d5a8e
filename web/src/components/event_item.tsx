// SPDX-License-Identifier: Apache-2.0
// One event of a list, and the parts that its own page shares with it.
import { Link } from 'wouter';

import { useMoveEvent } from '../api/queries';
import type { DiveEvent, EventKind } from '../api/types';
import { ago_text, time_text } from '../lib/figures';
import { event_link, service_link } from '../lib/links';
import { about_of, description_of } from '../lib/sentences';
import { useRange } from '../state/range';

export const kEventKinds: Record<EventKind, string> = {
  rollout: 'Code rollout',
  process: 'Process event',
  agent: 'Cluster event',
};

// Words that say more than a state, and how much they matter.
const kTones: Record<string, string> = {
  ongoing: 'warn',
  'side by side': 'warn',
  overdue: 'warn',
  stalled: 'bad',
  undone: 'bad',
  'called off': '',
};

export function EventChip({ event }: { event: DiveEvent }) {
  const word = event.phase || event.state;
  return <span className={`chip ${kTones[word] ?? kTones[event.state] ?? ''}`}>{word}</span>;
}

interface Given {
  event: DiveEvent;
  now_ms: number;
  can_edit?: boolean;
}

export function EventItem({ event, now_ms, can_edit = false }: Given) {
  const [range] = useRange();
  const description = description_of(event);
  return (
    <li className="event">
      <div className="event-when">
        <time className="at" dateTime={new Date(event.starts_ms).toISOString()}>
          {time_text(event.starts_ms, now_ms)}
        </time>{' '}
        <span>{ago_text(event.starts_ms, now_ms)}</span>
      </div>
      <div className="event-body">
        <div className="event-head">
          <Link className="title" href={event_link(event.id, range)}>
            {event.title}
          </Link>
          <EventChip event={event} />
        </div>
        <p className="soft small">
          {kEventKinds[event.kind]}
          {event.by !== '' && (
            <>
              , by <span className="name">{event.by}</span>
            </>
          )}
          {event.ends_ms !== null &&
            event.ends_ms !== event.starts_ms &&
            `, ended ${time_text(event.ends_ms, now_ms)}`}
        </p>
        {event.rollout !== null && <Rollout rollout={event.rollout} />}
        <About event={event} />
        {description !== '' && <p className="description">{description}</p>}
        {can_edit && <EventSteps event={event} />}
      </div>
    </li>
  );
}

export function About({ event }: { event: DiveEvent }) {
  const [range] = useRange();
  const about = about_of(event);
  if (about.length === 0) return null;
  return (
    <ul className="about" aria-label="About">
      {about.map(({ text, service }) => (
        <li key={text} className="name">
          {service === null ? (
            <span className="soft">{text}</span>
          ) : (
            <Link href={service_link(service, range)}>{text}</Link>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Rollout({ rollout }: { rollout: NonNullable<DiveEvent['rollout']> }) {
  return (
    <p className="name">
      {rollout.from || 'no version'} → <strong>{rollout.to || 'no version'}</strong>
      <span className="soft">
        {' '}
        {rollout.ready} of {rollout.pods} {rollout.pods === 1 ? 'pod' : 'pods'} ready
      </span>
    </p>
  );
}

// What was planned is not what was done: somebody says when it begins and ends.
export function EventSteps({ event }: { event: DiveEvent }) {
  const move = useMoveEvent();
  if (event.kind !== 'process') return null;
  const steps = (
    event.state === 'scheduled'
      ? [
          ['start', 'Start'],
          ['conclude', 'Call off'],
        ]
      : event.state === 'ongoing'
        ? [['conclude', 'Conclude']]
        : []
  ) as ['start' | 'conclude', string][];
  if (steps.length === 0) return null;
  return (
    <div className="buttons">
      {steps.map(([step, name]) => (
        <button
          key={step}
          type="button"
          disabled={move.isPending}
          aria-label={`${name}: ${event.title}`}
          onClick={() => move.mutate({ id: event.id, step })}
        >
          {name}
        </button>
      ))}
      {move.error !== null && (
        <p className="field-error" role="alert">
          {move.error.message}
        </p>
      )}
    </div>
  );
}
