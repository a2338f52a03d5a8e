// SPDX-License-Identifier: Apache-2.0
// The file in which a service keeps its tally. A reader finds a whole one at any time: each
// version is written beside the file and then takes its name.

import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { Served, type ServedRow } from './served.js';
import { Tally, type ServiceRow } from './tally.js';

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
  /** Connections that it opened and that carry no requests, by service. */
  connected: Record<string, ServiceRow>;
  /** Such connections that it accepted, by what they speak. */
  accepted: Record<string, ServedRow>;
}

/** All that a service counts. */
export class Counted {
  readonly sent = new Tally();
  readonly served = new Served();
  readonly connected = new Tally();
  readonly accepted = new Served();

  snapshot(): Pick<Tallied, 'sent' | 'served' | 'connected' | 'accepted'> {
    return {
      sent: this.sent.snapshot(), served: this.served.snapshot(),
      connected: this.connected.snapshot(), accepted: this.accepted.snapshot(),
    };
  }
}

export interface Identity {
  readonly application: string;
  readonly replica: string;
  readonly version: string;
}

/** An application, as its clients and servers know it. */
export interface Application {
  readonly identity: Identity;
  readonly counted: Counted;
}

export class TallyRecord {
  private timer: NodeJS.Timeout | undefined;
  private last = '';
  private isFailing = false;

  /** `file` undefined: nothing is written. */
  constructor(
    private readonly file: string | undefined, private readonly application: Application,
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
      if (!this.isFailing) console.error(`${this.application.identity.application}: ${message}`);
      this.isFailing = true;
    }
  }

  private write(final: boolean): void {
    const counts = this.application.counted.snapshot();
    const content = JSON.stringify({ final, ...counts });
    if (content === this.last) return;
    const tallied: Tallied = {
      ...this.application.identity, final, written_at: new Date().toISOString(), ...counts,
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
