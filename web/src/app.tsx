// SPDX-License-Identifier: Apache-2.0
// The frame around every page: where one can go, who one is, and which page the address names.
import { Link, Route, Switch, useLocation } from 'wouter';

import { ApiError } from './api/client';
import { useSession } from './api/queries';
import { Problem } from './components/problem';
import { ThemeChoice } from './components/theme_choice';
import { DashboardPage } from './pages/dive/dashboard';
import { EventsPage } from './pages/dive/events';
import { ServicePage } from './pages/dive/service';
import { SignInPage } from './pages/sign_in';

const kPages = [
  { path: '/', name: 'Dashboard' },
  { path: '/events', name: 'Events' },
];

export function App() {
  const session = useSession();
  const is_stranger = session.error instanceof ApiError && session.error.status === 401;
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <span className="brand">
          <Mark /> Dive
        </span>
        {!is_stranger && <Navigation />}
        <span className="top-end">
          {session.data !== undefined && <span className="who">{session.data.user}</span>}
          <ThemeChoice />
        </span>
      </header>
      <main id="content" tabIndex={-1}>
        {is_stranger ? (
          <SignInPage />
        ) : session.error !== null ? (
          <Problem error={session.error} again={() => void session.refetch()} />
        ) : (
          <Pages />
        )}
      </main>
    </>
  );
}

function Navigation() {
  const [path] = useLocation();
  return (
    <nav aria-label="Pages">
      {kPages.map((page) => (
        <Link
          key={page.path}
          href={page.path}
          aria-current={path === page.path ? 'page' : undefined}
        >
          {page.name}
        </Link>
      ))}
    </nav>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={DashboardPage} />
      <Route path="/events" component={EventsPage} />
      <Route path="/services/:cluster/:namespace/:name">
        {(given) => (
          <ServicePage
            // Another service is another page: nothing of the one before stays.
            key={`${given.cluster}/${given.namespace}/${given.name}`}
            service={{ cluster: given.cluster, namespace: given.namespace, name: given.name }}
          />
        )}
      </Route>
      <Route>
        <section className="empty">
          <h1>There is no such page</h1>
          <p>
            The address may be of a newer version, or mistyped. <Link href="/">Dashboard</Link>
          </p>
        </section>
      </Route>
    </Switch>
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
