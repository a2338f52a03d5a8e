// SPDX-License-Identifier: Apache-2.0
// Headers, and gRPC metadata, by which a service of the shop says who it is: in `user-agent` to
// those it asks, in others to those it answers, with whether it failed on purpose.

import { type Identity } from '../tally/record.js';

export const REPLICA = 'shop-replica';
export const VERSION = 'shop-version';
export const INJECTED = 'shop-injected';

export function marksOf({ replica, version }: Identity): Record<string, string> {
  return { [REPLICA]: replica, [VERSION]: version };
}

const PRODUCT = 'shop-';

/** What a service calls itself when it asks another: `shop-web/v1`. */
export function agentOf({ application, version }: Identity): string {
  return `${PRODUCT}${application}/${version}`;
}

/** The service that calls itself so, such as `web`; undefined for everyone else. */
export function callerIn(userAgent: string | undefined): string | undefined {
  return /^shop-([a-z0-9-]{1,64})\//.exec(userAgent ?? '')?.[1];
}

/** Who answered, as REPLICA/VERSION; undefined when the answer came from something else. */
export function answeredBy(mark: (name: string) => string | undefined): string | undefined {
  const replica = mark(REPLICA);
  return replica === undefined ? undefined : `${replica}/${mark(VERSION) ?? ''}`;
}
