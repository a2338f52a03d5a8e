// SPDX-License-Identifier: Apache-2.0
// Response headers, and gRPC metadata, by which a service of the shop says who it is and whether it
// failed on purpose.

import { type Identity } from '../tally/record.js';

export const REPLICA = 'shop-replica';
export const VERSION = 'shop-version';
export const INJECTED = 'shop-injected';

export function marksOf({ replica, version }: Identity): Record<string, string> {
  return { [REPLICA]: replica, [VERSION]: version };
}

/** Who answered, as REPLICA/VERSION; undefined when the answer came from something else. */
export function answeredBy(mark: (name: string) => string | undefined): string | undefined {
  const replica = mark(REPLICA);
  return replica === undefined ? undefined : `${replica}/${mark(VERSION) ?? ''}`;
}
