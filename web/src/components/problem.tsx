// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../api/client';

// What went wrong, what to do about it, and a way to try again.
export function Problem({ error, again }: { error: Error; again: () => void }) {
  const hint = error instanceof ApiError ? error.hint : '';
  return (
    <section className="empty" role="alert">
      <h1>{error.message}</h1>
      {hint !== '' && <p>{hint}</p>}
      <button type="button" onClick={again}>
        Try again
      </button>
    </section>
  );
}

// Over figures that are still shown, though Dive has stopped answering: they are old, not gone.
export function Stale({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <p className="notice" role="status">
      {error.message} What is shown is what it said last.
    </p>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      Loading {what}…
    </p>
  );
}
