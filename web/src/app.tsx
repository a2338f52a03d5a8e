// SPDX-License-Identifier: Apache-2.0
// The frame around every page: where one can go, who one is, and which page the address names.
import { Link, Route, Switch, useLocation } from 'wouter';

import { ApiError } from './api/client';
import { useSession, useSignOut } from './api/queries';
import { Loading, Problem } from './components/problem';
import { ThemeChoice } from './components/theme_choice';
import { service_key, words_of_path } from './lib/links';
import { with_range } from './lib/range';
import { useTitle } from './lib/title';
import { DashboardPage } from './pages/dive/dashboard';
import { EventPage } from './pages/dive/event';
import { EventsPage } from './pages/dive/events';
import { ServicePage } from './pages/dive/service';
import { SignInPage } from './pages/sign_in';
import { useRange } from './state/range';
import { useVisits } from './state/visit';

// What is below a page is marked as that page.
const kPages = [
  { path: '/', name: 'Dashboard', below: '/services/' },
  { path: '/events', name: 'Events', below: '/events/' },
];

export function App() {
  const session = useSession();
  useVisits('content');
  const is_stranger = session.error instanceof ApiError && session.error.status === 401;
  const is_signed_in = session.data !== undefined && !is_stranger;
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link className="brand" href="/">
            <Mark /> Dive
          </Link>
          {!is_stranger && <Navigation />}
          <div className="top-end">
            {is_signed_in && <Who user={session.data.user} />}
            <ThemeChoice />
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {is_stranger ? (
          <SignInPage />
        ) : is_signed_in ? (
          <Pages />
        ) : session.error !== null ? (
          <>
            <h1>Dive</h1>
            <Problem error={session.error} again={() => void session.refetch()} />
          </>
        ) : (
          <Loading what="Dive" />
        )}
      </main>
    </>
  );
}

function Navigation() {
  const [path] = useLocation();
  const [range] = useRange();
  return (
    <nav aria-label="Pages">
      {kPages.map((page) => (
        <Link
          key={page.path}
          href={page.path + with_range('', range)}
          aria-current={
            path === page.path ? 'page' : path.startsWith(page.below) ? 'true' : undefined
          }
        >
          {page.name}
        </Link>
      ))}
    </nav>
  );
}

function Who({ user }: { user: string }) {
  const sign_out = useSignOut();
  return (
    <>
      <span className="who" title={user}>
        {user}
      </span>
      <button type="button" className="quiet" onClick={() => sign_out.mutate()}>
        Sign out
      </button>
    </>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={DashboardPage} />
      <Route path="/events" component={EventsPage} />
      <Route path="/events/*">{() => <NamedEvent />}</Route>
      <Route path="/services/*">{() => <NamedService />}</Route>
      <Route component={NoSuchPage} />
    </Switch>
  );
}

// Another service is another page: nothing of the one before stays.
function NamedService() {
  const [cluster, namespace, name] = words_of_path(location.pathname, 'services', 3) ?? [];
  if (cluster === undefined || namespace === undefined || name === undefined) return <NoSuchPage />;
  const service = { cluster, namespace, name };
  return <ServicePage key={service_key(service)} service={service} />;
}

function NamedEvent() {
  const [id] = words_of_path(location.pathname, 'events', 1) ?? [];
  return id === undefined ? <NoSuchPage /> : <EventPage key={id} id={id} />;
}

function NoSuchPage() {
  useTitle('No such page');
  return (
    <section className="empty whole-page">
      <h1>There is no such page</h1>
      <p>The address may be of a newer version, or mistyped.</p>
      <p>
        <Link href="/">Dashboard</Link>
      </p>
    </section>
  );
}

// A river, in three strokes.
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path
        d="M2 6c4-4 8 4 16 0M2 11c4-4 8 4 16 0M2 16c4-4 8 4 16 0"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
