// SPDX-License-Identifier: Apache-2.0
// Which pages there are: the server says whether it is Dive, or the controller of a mesh.
import type { ComponentType } from 'react';

import { ApiError } from './api/client';
import { useSession } from './api/queries';
import type { Session } from './api/types';
import { Frame, type Place } from './components/frame';
import { Loading, Problem } from './components/problem';
import { mesh_last_of, with_mesh_last } from './lib/mesh';
import { range_of, with_range } from './lib/range';
import { DivePages } from './pages/dive/pages';
import { MeshPages } from './pages/mesh/pages';
import { SignInPage } from './pages/sign_in';
import { Brand, kDive, kSeine } from './state/brand';
import { useVisits } from './state/visit';

interface Site {
  brand: string;
  places: Place[];
  kept: (search: string) => string; // what another place keeps of an address: its span of time
  Pages: ComponentType;
}

const kDiveSite: Site = {
  brand: kDive,
  places: [
    { path: '/', name: 'Dashboard', below: '/services/' },
    { path: '/events', name: 'Events', below: '/events/' },
  ],
  kept: (search) => with_range('', range_of(search)),
  Pages: DivePages,
};

const kMeshSite: Site = {
  brand: kSeine,
  places: [
    { path: '/', name: 'Mesh' },
    { path: '/edges', name: 'Edges' },
  ],
  kept: (search) => with_mesh_last('', mesh_last_of(search)),
  Pages: MeshPages,
};

// Nobody is signed in, or it is not known yet: there is nowhere to go.
const kNoSite: Site = { brand: kSeine, places: [], kept: () => '', Pages: SignInPage };

function site_of(session: Session | null): Site {
  if (session === null) return kNoSite;
  return session.serves === 'mesh' ? kMeshSite : kDiveSite;
}

export function App() {
  const session = useSession();
  useVisits('content');
  const is_stranger = session.error instanceof ApiError && session.error.status === 401;
  const known = session.data === undefined || is_stranger ? null : session.data;
  const { brand, places, kept, Pages } = site_of(known);
  return (
    <Brand value={brand}>
      <Frame places={places} kept={kept} user={known?.user ?? null}>
        {is_stranger || known !== null ? (
          <Pages />
        ) : session.error !== null ? (
          <>
            <h1>{brand}</h1>
            <Problem error={session.error} again={() => void session.refetch()} />
          </>
        ) : (
          <Loading what={brand} />
        )}
      </Frame>
    </Brand>
  );
}
