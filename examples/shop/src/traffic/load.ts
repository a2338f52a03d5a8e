// SPDX-License-Identifier: Apache-2.0
// Sends at a rate that does not depend on how quick the answers are, up to a limit of requests
// under way.

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';

export interface Plan {
  /** Requests a second. */
  readonly rate: number;
  /** Ends after so many requests; undefined for no end. */
  readonly requests: number | undefined;
  /** Ends after so many milliseconds; undefined for no end. */
  readonly duration: number | undefined;
  readonly mostInFlight: number;
}

/** A load that fell behind makes up for this much, in milliseconds, and forgets the rest. */
const CATCH_UP = 1000;

export class Load {
  private readonly stopping = new AbortController();
  private readonly inFlight = new Set<Promise<unknown>>();

  /** `send` starts one request; what it returns settles when that has its outcome. */
  constructor(private readonly plan: Plan, private readonly send: () => Promise<unknown>) {}

  /** Settles when nothing more will be sent. */
  async run(): Promise<void> {
    const interval = 1000 / this.plan.rate;
    const end = performance.now() + (this.plan.duration ?? Infinity);
    let due = performance.now();
    for (let sent = 0; sent < (this.plan.requests ?? Infinity); sent += 1) {
      await this.until(Math.min(due, end));
      if (this.stopping.signal.aborted || due >= end) return;
      this.start();
      due = Math.max(due + interval, performance.now() - CATCH_UP);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Settles when every request has its outcome. */
  async settled(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  private async until(due: number): Promise<void> {
    const wait = due - performance.now();
    if (wait >= 1) await pause(wait, undefined, { signal: this.stopping.signal }).catch(() => {});
    else await turn();
    while (this.inFlight.size >= this.plan.mostInFlight && !this.stopping.signal.aborted) {
      await Promise.race(this.inFlight);
    }
  }

  private start(): void {
    const one = this.send().finally(() => this.inFlight.delete(one));
    this.inFlight.add(one);
  }
}
