// SPDX-License-Identifier: Apache-2.0
// Which of a mesh's own pages the address names.
import { Route, Switch } from 'wouter';

import { NoSuchPage } from '../no_such_page';
import { EdgesPage } from './edges';
import { MeshPage } from './mesh';

export function MeshPages() {
  return (
    <Switch>
      <Route path="/" component={MeshPage} />
      <Route path="/edges" component={EdgesPage} />
      <Route>
        <NoSuchPage home="Mesh" />
      </Route>
    </Switch>
  );
}
