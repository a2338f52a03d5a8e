// SPDX-License-Identifier: Apache-2.0
// The file in which a service keeps its tally. A reader finds a whole one at any time: each
// version is written beside the file and then takes its name.

import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { type Served, type ServedRow } from './served.js';
import { type ServiceRow, type Tally } from './tally.js';

/** The form of the file. */
export interface Tallied {
  application: string;
  replica: string;
  version: string;
  /** True once the application has drained: nothing will change any more. */
  final: boolean;
  /** ISO 8601, UTC. */
  written_at: string;
  /** What it sent, by service called. */
  sent: Record<string, ServiceRow>;
  /** What it was asked, by route. */
  served: Record<string, ServedRow>;
}

export interface Identity {
  readonly application: string;
  readonly replica: string;
  readonly version: string;
}

export class TallyRecord {
  private timer: NodeJS.Timeout | undefined;
  private last = '';
  private isFailing = false;

  /** `file` undefined: nothing is written. */
  constructor(
    private readonly file: string | undefined, private readonly identity: Identity,
    private readonly tally: Tally, private readonly served: Served,
  ) {}

  /** Writes the first version and then one every `period` milliseconds. Throws if it cannot. */
  start(period: number): void {
    if (this.file === undefined) return;
    this.write(false);
    this.timer = setInterval(() => this.writeAgain(), period);
    this.timer.unref();
  }

  /** Writes the last version. Throws if it cannot. */
  finish(): void {
    clearInterval(this.timer);
    if (this.file !== undefined) this.write(true);
  }

  /** A full disk must not end the service: what is missing now is written once there is room. */
  private writeAgain(): void {
    try {
      this.write(false);
      this.isFailing = false;
    } catch (error) {
      const { message } = error as Error;
      if (!this.isFailing) console.error(`${this.identity.application}: ${message}`);
      this.isFailing = true;
    }
  }

  private write(final: boolean): void {
    const counts = { sent: this.tally.snapshot(), served: this.served.snapshot() };
    const content = JSON.stringify({ final, ...counts });
    if (content === this.last) return;
    const tallied: Tallied = {
      ...this.identity, final, written_at: new Date().toISOString(), ...counts,
    };
    const file = this.file as string;
    const beside = `${file}.${process.pid}.new`;
    try {
      writeFileSync(beside, `${JSON.stringify(tallied, null, 2)}\n`);
      renameSync(beside, file);
    } catch (error) {
      rmSync(beside, { force: true });
      throw new Error(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`);
    }
    this.last = content;
  }
}
