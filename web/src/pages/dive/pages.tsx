// SPDX-License-Identifier: Apache-2.0
// Which of Dive's pages the address names.
import { Route, Switch } from 'wouter';

import { service_key, words_of_path } from '../../lib/links';
import { NoSuchPage } from '../no_such_page';
import { DashboardPage } from './dashboard';
import { EventPage } from './event';
import { EventsPage } from './events';
import { ServicePage } from './service';

export function DivePages() {
  return (
    <Switch>
      <Route path="/" component={DashboardPage} />
      <Route path="/events" component={EventsPage} />
      <Route path="/events/*">{() => <NamedEvent />}</Route>
      <Route path="/services/*">{() => <NamedService />}</Route>
      <Route>{nowhere}</Route>
    </Switch>
  );
}

const nowhere = <NoSuchPage home="Dashboard" />;

// Another service is another page: nothing of the one before stays.
function NamedService() {
  const [cluster, namespace, name] = words_of_path(location.pathname, 'services', 3) ?? [];
  if (cluster === undefined || namespace === undefined || name === undefined) return nowhere;
  const service = { cluster, namespace, name };
  return <ServicePage key={service_key(service)} service={service} />;
}

function NamedEvent() {
  const [id] = words_of_path(location.pathname, 'events', 1) ?? [];
  return id === undefined ? nowhere : <EventPage key={id} id={id} />;
}
