// SPDX-License-Identifier: Apache-2.0
// The range that the address says, and how to change it: a new entry of the browser's history, so
// that "back" is the range before.
import { useLocation, useSearch } from 'wouter';

import { range_of, with_range, type Range } from '../lib/range';

export function useRange(): [Range, (range: Range) => void] {
  const search = useSearch();
  const [path, go] = useLocation();
  return [range_of(search), (range) => go(path + with_range(search, range))];
}
