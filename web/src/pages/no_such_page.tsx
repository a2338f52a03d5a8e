// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter';

import { useTitle } from '../lib/title';

export function NoSuchPage({ home }: { home: string }) {
  useTitle('No such page');
  return (
    <section className="empty whole-page">
      <h1>There is no such page</h1>
      <p>The address may be of a newer version, or mistyped.</p>
      <p>
        <Link href="/">{home}</Link>
      </p>
    </section>
  );
}
