// SPDX-License-Identifier: Apache-2.0
// A service of the shop as a process of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Child {
  readonly ended: Promise<Ended>;
  private stdout = '';
  private stderr = '';
  private readonly process: ChildProcess;

  /** Ends with the test at the latest. */
  constructor(test: TestContext, application: string, ...words: string[]) {
    const main = fileURLToPath(new URL(`../${application}/main.js`, import.meta.url));
    this.process = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (piece: Buffer) => { this.stdout += piece.toString(); });
    this.process.stderr?.on('data', (piece: Buffer) => { this.stderr += piece.toString(); });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
    test.after(() => this.process.kill('SIGKILL'));
  }

  /** Settles once `words` were printed on standard output, with what they caught. */
  said(words: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = words.exec(this.stdout);
        if (found) resolve(found);
      };
      this.process.stdout?.on('data', look);
      void this.ended.then(({ code, stderr }) => reject(new Error(`ended ${code}: ${stderr}`)));
      look();
    });
  }

  /** The port that it says it listens on. */
  async port(): Promise<number> {
    return Number((await this.said(/listening on \S+:(\d+) /))[1]);
  }

  terminate(): void {
    this.process.kill('SIGTERM');
  }

  /** Settles when it has drained and ended. */
  async stop(): Promise<Ended> {
    this.terminate();
    return this.ended;
  }
}
