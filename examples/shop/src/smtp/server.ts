// SPDX-License-Identifier: Apache-2.0
// A server that speaks first: SMTP conversations over TCP, each counted as one connection.

import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import { type Address } from '../flags/values.js';
import { type Served } from '../tally/served.js';
import { Lines } from './lines.js';
import { type Session } from './session.js';

/** What the connections of such a server are counted as. */
export const SMTP = 'SMTP';

/** How long a client may be silent, in milliseconds. */
const SILENCE = 60_000;
/** The same during a drain. */
const SHORT_SILENCE = 1000;

export class SmtpServer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /** `begin`: a new conversation. More than `most` at a time are sent away. */
  constructor(
    private readonly begin: () => Session, private readonly accepted: Served,
    private readonly most = 256, private readonly silence = SILENCE,
  ) {
    this.server = createServer({ noDelay: true }, (socket) => this.serve(socket));
  }

  /** The port it listens on, which is another one when that of `address` is 0. */
  async listen({ host, port }: Address): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port }, resolve);
    });
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Accepts no more, lets conversations end, and ends those of clients that keep silent. */
  async drain(): Promise<void> {
    for (const socket of this.sockets) socket.setTimeout(Math.min(this.silence, SHORT_SILENCE));
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
    // The last connection is closed a moment before it is counted.
    await turn();
  }

  /** Drops what is left. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    const session = this.begin();
    const serving = this.accepted.begin(SMTP);
    const lines = new Lines();
    const say = (reply: string) => {
      socket.write(`${reply}\r\n`);
      if (!session.isOver) return;
      socket.end();
      serving.answered(session.outcome, false);
    };
    const cut = (why: string) => (session.isOver ? socket.destroy() : say(session.cut(why)));
    this.sockets.add(socket);
    // What follows an error is its close.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.sockets.delete(socket);
      serving.aborted();
    });
    socket.setTimeout(this.silence, () => cut('silent for too long'));
    socket.on('data', (piece: Buffer) => {
      if (session.isOver) return;
      const whole = lines.take(piece);
      if (whole === undefined) cut('a line is too long');
      for (const line of whole ?? []) {
        const reply = session.take(line);
        if (reply !== undefined) say(reply);
        if (session.isOver) return;
      }
    });
    if (this.sockets.size > this.most) cut('too many connections');
    else say(session.greeting());
  }
}
