// SPDX-License-Identifier: Apache-2.0
// What goes on, what is planned, what happened: rollouts that were detected, and what people said.
import { useEvents, useServices, useSession, type EventFilter } from '../../api/queries';
import type { EventList } from '../../api/types';
import { Command } from '../../components/command';
import { EventItem } from '../../components/event_item';
import { PageHead } from '../../components/page_head';
import { Loading, Problem, Stale } from '../../components/problem';
import { service_key, service_of_key, with_word } from '../../lib/links';
import { grouped, type EventGroup } from '../../lib/sentences';
import { useTitle } from '../../lib/title';
import { useAddress } from '../../state/address';
import { useRange } from '../../state/range';
import { AddEvent } from './add_event';

const kKinds = [
  ['', 'All kinds'],
  ['rollout', 'Code rollouts'],
  ['process', 'Process events'],
  ['agent', 'Cluster events'],
] as const;
const kStates = [
  ['', 'All states'],
  ['ongoing', 'Ongoing'],
  ['scheduled', 'Scheduled'],
  ['concluded', 'Concluded'],
  ['undone', 'Undone'],
] as const;
const kGroups: Record<EventGroup, string> = {
  ongoing: 'Going on',
  scheduled: 'Scheduled',
  earlier: 'Earlier',
};

export function EventsPage() {
  useTitle('Events');
  const [range] = useRange();
  const { search, go } = useAddress();
  const given = new URLSearchParams(search);
  const filter: EventFilter = {
    kind: given.get('kind') ?? '',
    state: given.get('state') ?? '',
    service: given.get('service') ?? '',
  };
  const events = useEvents(filter, range);
  const session = useSession();
  const can_edit = session.data?.can_edit ?? false;
  const is_adding = given.has('add');
  const set = (name: string, value: string, replace = false) => {
    go(with_word(search, name, value), replace);
  };
  return (
    <>
      <PageHead title="Events" />
      <div className="filters">
        <Filters filter={filter} set={set} />
        {can_edit && !is_adding && (
          <button type="button" className="primary" onClick={() => set('add', '1', true)}>
            Add event
          </button>
        )}
      </div>
      {can_edit && is_adding && (
        <AddEvent
          // Another service's form is another form.
          key={filter.service}
          service={service_of_key(filter.service)}
          close={() => set('add', '', true)}
        />
      )}
      {events.data !== undefined ? (
        <>
          <Stale error={events.error} />
          <List pages={events.data.pages} can_edit={can_edit} />
          {events.hasNextPage && (
            <p className="more">
              <button
                type="button"
                disabled={events.isFetchingNextPage}
                onClick={() => void events.fetchNextPage()}
              >
                Show older ones
              </button>
            </p>
          )}
        </>
      ) : events.error !== null ? (
        <Problem error={events.error} again={() => void events.refetch()} />
      ) : (
        <Loading what="events" />
      )}
    </>
  );
}

function List({ pages, can_edit }: { pages: EventList[]; can_edit: boolean }) {
  const now = Date.now();
  const events = pages.flatMap((page) => page.events);
  if (events.length === 0) {
    // What these pages say: of a filter that is still waited for, hasNextPage knows nothing.
    return pages.at(-1)?.next != null ? <NoneOfTheNewest /> : <NoEvents />;
  }
  return grouped(events).map(([group, members]) => (
    <section key={group} aria-label={kGroups[group]}>
      <div className="section-head">
        <h2>{kGroups[group]}</h2>
      </div>
      <ol className="events">
        {members.map((event) => (
          <EventItem key={event.id} event={event} now_ms={now} can_edit={can_edit} />
        ))}
      </ol>
    </section>
  ));
}

// Dive reads so many for one answer, and all of them may be about neighbours, or in other states.
function NoneOfTheNewest() {
  return (
    <section className="empty">
      <h2>None among the newest events</h2>
      <p>The filters leave none of the newest of this span. They may leave older ones.</p>
    </section>
  );
}

function NoEvents() {
  return (
    <section className="empty">
      <h2>No event in this span</h2>
      <p>
        Rollouts appear by themselves when a workload&apos;s version changes. What no program can
        see, people tell, here or with:
      </p>
      <Command text={'seine event add "Deploy payments from staging to QA" --about svc/payments'} />
    </section>
  );
}

interface FiltersGiven {
  filter: EventFilter;
  set: (name: string, value: string) => void;
}

function Filters({ filter, set }: FiltersGiven) {
  const services = useServices();
  const keys = (services.data ?? []).map(service_key);
  if (filter.service !== '' && !keys.includes(filter.service)) keys.push(filter.service);
  const lists = [
    ['kind', 'Kind', kKinds],
    ['state', 'State', kStates],
    ['service', 'Service', [['', 'All services'], ...keys.map((key) => [key, key] as const)]],
  ] as const;
  return lists.map(([name, label, choices]) => (
    <div key={name} className="field">
      <label htmlFor={`filter-${name}`}>{label}</label>
      <select
        id={`filter-${name}`}
        value={filter[name]}
        onChange={(event) => set(name, event.target.value)}
      >
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  ));
}
