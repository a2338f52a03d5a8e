// SPDX-License-Identifier: Apache-2.0
// The range that the address says, and how to change it, so that "back" is the range before.
import { range_of, with_range, type Range } from '../lib/range';
import { useAddress } from './address';

export function useRange(): [Range, (range: Range) => void] {
  const { search, go } = useAddress();
  return [range_of(search), (range) => go(with_range(search, range))];
}
