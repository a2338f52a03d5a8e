// SPDX-License-Identifier: Apache-2.0
// One event, whole: when, by whom, about what, and what was said of it since.
import { useState, type FormEvent } from 'react';
import { Link } from 'wouter';

import { useComment, useEvent, useSession } from '../../api/queries';
import type { DiveEvent } from '../../api/types';
import { About, EventChip, EventSteps, kEventKinds, Rollout } from '../../components/event_item';
import { Loading, Problem, Stale } from '../../components/problem';
import { ago_text, time_text } from '../../lib/figures';
import { with_range } from '../../lib/range';
import { about_of, description_of } from '../../lib/sentences';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';
import { FormError } from './add_event';

export function EventPage({ id }: { id: string }) {
  const [range] = useRange();
  const event = useEvent(id);
  const session = useSession();
  const { data, error } = event;
  useTitle(data?.title ?? 'Event');
  return (
    <>
      <div className="page-head">
        <div>
          <nav className="crumbs" aria-label="Where this is">
            <Link href={`/events${with_range('', range)}`}>Events</Link>
          </nav>
          <h1 className="name">{data?.title ?? id}</h1>
        </div>
      </div>
      {data !== undefined ? (
        <Content event={data} error={error} can_edit={session.data?.can_edit ?? false} />
      ) : error !== null ? (
        <Problem error={error} again={() => void event.refetch()} />
      ) : (
        <Loading what="the event" />
      )}
    </>
  );
}

interface Given {
  event: DiveEvent;
  error: Error | null;
  can_edit: boolean;
}

function Content({ event, error, can_edit }: Given) {
  const now = Date.now();
  const moment = (at_ms: number) => `${time_text(at_ms, now)}, ${ago_text(at_ms, now)}`;
  const description = description_of(event);
  return (
    <>
      <Stale error={error} />
      <section className="event-page" aria-label="Event">
        <dl className="facts">
          <dt>State</dt>
          <dd>
            <EventChip event={event} />
          </dd>
          <dt>Kind</dt>
          <dd>{kEventKinds[event.kind]}</dd>
          <dt>{event.state === 'scheduled' ? 'Begins' : 'Began'}</dt>
          <dd>{moment(event.starts_ms)}</dd>
          {event.ends_ms !== null && (
            <>
              <dt>Ended</dt>
              <dd>{moment(event.ends_ms)}</dd>
            </>
          )}
          {event.by !== '' && (
            <>
              <dt>By</dt>
              <dd className="name">{event.by}</dd>
            </>
          )}
          {event.rollout !== null && (
            <>
              <dt>Versions</dt>
              <dd>
                <Rollout rollout={event.rollout} />
              </dd>
            </>
          )}
          {about_of(event).length > 0 && (
            <>
              <dt>About</dt>
              <dd>
                <About event={event} />
              </dd>
            </>
          )}
        </dl>
        {description !== '' && <p className="description">{description}</p>}
        {can_edit && <EventSteps event={event} />}
      </section>
      {event.kind === 'process' && <Comments event={event} can_edit={can_edit} now={now} />}
    </>
  );
}

function Comments({ event, can_edit, now }: { event: DiveEvent; can_edit: boolean; now: number }) {
  const comments = event.comments ?? [];
  return (
    <section aria-labelledby="comments">
      <div className="section-head">
        <h2 id="comments">Comments</h2>
      </div>
      {comments.length > 0 && (
        <ol className="comments">
          {comments.map((comment) => (
            <li key={`${comment.at_ms} ${comment.by} ${comment.text}`}>
              <p className="soft small">
                <span className="name">{comment.by}</span>, {time_text(comment.at_ms, now)},{' '}
                {ago_text(comment.at_ms, now)}
              </p>
              <p className="description">{comment.text}</p>
            </li>
          ))}
        </ol>
      )}
      {can_edit ? (
        <CommentForm id={event.id} />
      ) : (
        comments.length === 0 && <p className="nothing">Nobody has said anything yet.</p>
      )}
    </section>
  );
}

function CommentForm({ id }: { id: string }) {
  const [text, set_text] = useState('');
  const comment = useComment(id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    comment.mutate(text, { onSuccess: () => set_text('') });
  };
  return (
    <form className="form" onSubmit={submit}>
      <div className="field">
        <label htmlFor="comment">Add a comment</label>
        <textarea
          id="comment"
          value={text}
          required
          rows={3}
          maxLength={65536}
          onChange={(event) => set_text(event.target.value)}
        />
      </div>
      <FormError error={comment.error} />
      <div className="buttons">
        <button type="submit" disabled={comment.isPending}>
          Comment
        </button>
      </div>
    </form>
  );
}
