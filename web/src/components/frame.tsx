// SPDX-License-Identifier: Apache-2.0
// The frame around every page: whose it is, where one can go, and who one is.
import { useContext, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

import { useSignOut } from '../api/queries';
import { useAddress } from '../state/address';
import { Brand } from '../state/brand';
import { ThemeChoice } from './theme_choice';

export interface Place {
  path: string;
  name: string;
  below?: string; // what is below it is marked as it
}

interface Given {
  places: Place[];
  kept: (search: string) => string;
  user: string | null; // null: nobody is signed in
  children: ReactNode;
}

export function Frame({ places, kept, user, children }: Given) {
  const brand = useContext(Brand);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link className="brand" href="/">
            <Mark /> {brand}
          </Link>
          {places.length > 0 && <Navigation places={places} kept={kept} />}
          <div className="top-end">
            {user !== null && <Who user={user} />}
            <ThemeChoice />
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Navigation({ places, kept }: Pick<Given, 'places' | 'kept'>) {
  const [path] = useLocation();
  const { search } = useAddress();
  return (
    <nav aria-label="Pages">
      {places.map((place) => (
        <Link
          key={place.path}
          href={place.path + kept(search)}
          aria-current={path === place.path ? 'page' : is_below(path, place) ? 'true' : undefined}
        >
          {place.name}
        </Link>
      ))}
    </nav>
  );
}

function is_below(path: string, { below }: Place): boolean {
  return below !== undefined && path.startsWith(below);
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
