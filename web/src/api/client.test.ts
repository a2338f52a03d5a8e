// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { ApiError, should_retry } from './client';

describe('a question that failed', () => {
  it('is asked again where Dive may answer the next time', () => {
    expect(should_retry(0, new ApiError(0, 'away', ''))).toBe(true);
    expect(should_retry(1, new ApiError(503, 'busy', ''))).toBe(true);
    expect(should_retry(2, new ApiError(503, 'busy', ''))).toBe(false);
  });
  it('is not where it was refused', () => {
    for (const status of [400, 401, 403, 404]) {
      expect(should_retry(0, new ApiError(status, 'no', '')), `${status}`).toBe(false);
    }
  });
});
