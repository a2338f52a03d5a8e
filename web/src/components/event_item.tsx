// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter';

import { useConcludeEvent } from '../api/queries';
import type { DiveEvent, EventKind, EventState } from '../api/types';
import { ago_text, time_text } from '../lib/figures';
import { service_link } from '../lib/links';

const kKinds: Record<EventKind, string> = {
  rollout: 'Code rollout',
  process: 'Process',
  agent: 'Cluster',
};
const kTones: Record<EventState, string> = {
  scheduled: 'quiet',
  ongoing: 'warn',
  concluded: 'good',
  undone: 'bad',
};

interface Given {
  event: DiveEvent;
  now_ms: number;
  can_edit?: boolean;
}

export function EventItem({ event, now_ms, can_edit = false }: Given) {
  const conclude = useConcludeEvent();
  const may_conclude = can_edit && event.kind === 'process' && event.state === 'ongoing';
  return (
    <li id={event.id} className="event">
      <div className="event-head">
        <strong className="name">{event.title}</strong>
        <span className={`chip ${kTones[event.state]}`}>{event.state}</span>
        <span className="soft">{kKinds[event.kind]} event</span>
      </div>
      <p className="soft">
        <time dateTime={new Date(event.starts_ms).toISOString()}>
          {time_text(event.starts_ms, now_ms)}
        </time>
        , {ago_text(event.starts_ms, now_ms)}
        {event.ends_ms !== null && ` to ${time_text(event.ends_ms, now_ms)}`}
        {event.by !== '' && `, by ${event.by}`}
      </p>
      {event.rollout !== null && <Rollout rollout={event.rollout} />}
      {event.targets.length > 0 && (
        <ul className="targets">
          {event.targets.map((target) => (
            <li key={`${target.cluster}/${target.namespace}/${target.name}`}>
              <Link href={service_link(target)}>{target.name}</Link>{' '}
              <span className="soft">{target.namespace}</span>
            </li>
          ))}
        </ul>
      )}
      {event.description !== '' && <p className="description">{event.description}</p>}
      {may_conclude && (
        <button
          type="button"
          disabled={conclude.isPending}
          onClick={() => conclude.mutate(event.id)}
        >
          Conclude
        </button>
      )}
      {conclude.error !== null && (
        <p className="field-error" role="alert">
          {conclude.error.message}
        </p>
      )}
    </li>
  );
}

function Rollout({ rollout }: { rollout: NonNullable<DiveEvent['rollout']> }) {
  return (
    <p>
      {rollout.from || 'no version'} → <strong>{rollout.to || 'no version'}</strong>
      <span className="soft">
        {' '}
        {rollout.ready} of {rollout.pods} {rollout.pods === 1 ? 'pod' : 'pods'} ready
      </span>
    </p>
  );
}
