// SPDX-License-Identifier: Apache-2.0
export function SignInPage() {
  return (
    <section className="empty">
      <h1>You are not signed in</h1>
      <p>On the machine where the mesh runs, as the user who started it:</p>
      <pre>seine dashboard</pre>
      <p className="soft">
        It opens a link that works once, for one minute, and signs this browser in.
      </p>
    </section>
  );
}
