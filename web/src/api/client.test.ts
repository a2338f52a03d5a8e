// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';

import { ApiError, ask, should_retry } from './client';

describe('a question that failed', () => {
  it('is asked again where Dive may answer the next time', () => {
    expect(should_retry(0, new ApiError(0, 'away', ''))).toBe(true);
    expect(should_retry(1, new ApiError(503, 'busy', ''))).toBe(true);
    expect(should_retry(2, new ApiError(503, 'busy', ''))).toBe(false);
  });
  it('is not where it was waited for already', () => {
    expect(should_retry(0, new ApiError(0, 'away', '', true))).toBe(false);
  });
  it('is not where it was refused', () => {
    for (const status of [400, 401, 403, 404]) {
      expect(should_retry(0, new ApiError(status, 'no', '')), `${status}`).toBe(false);
    }
  });
});

// A server that takes the question and never answers: until its signal says so, nothing comes.
function never_answers(_path: string, { signal }: RequestInit): Promise<Response> {
  return new Promise((_, refuse) => {
    const give_up = () => refuse(signal?.reason as Error);
    if (signal?.aborted) give_up();
    signal?.addEventListener('abort', give_up);
  });
}

describe('a server that never answers', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  function patience_of_no_time() {
    const patience = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
    vi.stubGlobal('fetch', never_answers);
    return () => patience.abort(new DOMException('too late', 'TimeoutError'));
  }

  it('is given up, also by who brings a signal', async () => {
    for (const options of [{}, { signal: new AbortController().signal }]) {
      const give_up = patience_of_no_time();
      const answer = ask('/dashboard', options);
      give_up();
      await expect(answer).rejects.toMatchObject({ status: 0, is_late: true });
    }
  });

  it('is given up in the middle of its answer', async () => {
    const give_up = patience_of_no_time();
    vi.stubGlobal('fetch', (path: string, options: RequestInit) =>
      Promise.resolve({ ok: true, json: () => never_answers(path, options) }),
    );
    const answer = ask('/dashboard', { signal: new AbortController().signal });
    give_up();
    await expect(answer).rejects.toMatchObject({ status: 0, is_late: true });
  });

  it('is nothing to tell whoever no longer asks', async () => {
    patience_of_no_time();
    const asking = new AbortController();
    const answer = ask('/dashboard', { signal: asking.signal });
    asking.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });
});
