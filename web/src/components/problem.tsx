// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../api/client';
import { Command } from './command';

// What went wrong, what to do about it, and a way to try again.
export function Problem({ error, again }: { error: Error; again: () => void }) {
  const hint = error instanceof ApiError ? error.hint : '';
  const is_away = error instanceof ApiError && error.status === 0;
  return (
    <section className="empty is-problem" role="alert">
      <h2>{error.message}</h2>
      {hint !== '' && <p>{hint}</p>}
      {is_away && (
        <>
          <p>This page goes on by itself when it is back. What is wrong with the mesh:</p>
          <Command text="seine check" />
        </>
      )}
      <button type="button" onClick={again}>
        Try again
      </button>
    </section>
  );
}

// Over figures that are still shown, though nobody answers any more: they are old, not gone.
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
