// SPDX-License-Identifier: Apache-2.0
import { Command } from '../components/command';
import { useTitle } from '../lib/title';

export function SignInPage() {
  useTitle('Sign in');
  return (
    <section className="empty whole-page">
      <h1>You are not signed in</h1>
      <p>On the machine where the mesh runs, as the user who started it:</p>
      <Command text="seine dashboard" />
      <p className="soft">
        It opens a link that works once, within five minutes, and signs this browser in. This page
        goes on by itself.
      </p>
    </section>
  );
}
