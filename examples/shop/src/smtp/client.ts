// SPDX-License-Identifier: Apache-2.0
// Sends mail, a connection each, and keeps the tally of the connections: one mail, one outcome.

import { connect, type Socket } from 'node:net';

import { type Address } from '../flags/values.js';
import { type Application } from '../tally/record.js';
import { Lines } from './lines.js';
import { composed, stuffed, type Mail } from './mail.js';
import { SMTP } from './server.js';

export type MailOutcome =
  | { kind: 'answered'; takenAs: string }
  | { kind: 'failed'; status: string; injected: false; details: string }
  | { kind: 'lost'; cause: string };

interface Reply {
  readonly code: string;
  readonly lines: readonly string[];
}

const MOST_LINES = 50;

export class MailClient {
  /** `timeout` in milliseconds, from the call to the end of its connection. */
  constructor(
    private readonly service: string, private readonly address: Address,
    private readonly timeout: number, private readonly application: Application,
  ) {}

  async send(mail: Mail): Promise<MailOutcome> {
    const { counted, identity } = this.application;
    const sending = counted.connected.begin(this.service, SMTP);
    const socket = connect({ ...this.address, noDelay: true });
    // It is told to whoever reads.
    socket.on('error', () => {});
    let isConnected = false;
    socket.once('connect', () => { isConnected = true; });
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('too late'), { code: 'timeout' }));
    }, this.timeout);
    try {
      const conversation = new Conversation(socket);
      const { reply, by } = await conversation.deliver(mail, identity.application);
      const succeeded = reply.code === '250';
      sending.answered({ status: reply.code, succeeded, injected: false, by });
      const words = reply.lines.join(' ');
      return succeeded ? { kind: 'answered', takenAs: /\S+$/.exec(words)?.[0] ?? '' }
        : { kind: 'failed', status: reply.code, injected: false, details: words };
    } catch (error) {
      const { code: cause = 'cut short' } = error as NodeJS.ErrnoException;
      if (isConnected) sending.notAnswered(cause);
      else sending.notConnected(cause);
      return { kind: 'lost', cause };
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
  }
}

/** One connection. Its functions throw when it breaks. */
class Conversation {
  private readonly pieces: AsyncIterator<Buffer>;
  private readonly lines = new Lines();
  private readonly heard: string[] = [];

  constructor(private readonly socket: Socket) {
    this.pieces = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The reply that decided, and who gave it. */
  async deliver(mail: Mail, us: string): Promise<{ reply: Reply; by: string | undefined }> {
    const greeting = await this.reply();
    const by = /^\S+\/\S+/.exec(greeting.lines[0] ?? '')?.[0];
    const text = stuffed(composed(mail));
    let reply = greeting;
    const commands: readonly (readonly [said: string, expected: string])[] = [
      [`EHLO ${us}.shop.example`, '250'],
      [`MAIL FROM:<${mail.from}> SIZE=${Buffer.byteLength(text)} BODY=8BITMIME`, '250'],
      [`RCPT TO:<${mail.to}>`, '250'], ['DATA', '354'],
    ];
    for (const [said, expected] of greeting.code === '220' ? commands : []) {
      reply = await this.ask(`${said}\r\n`);
      if (reply.code !== expected) break;
    }
    if (reply.code === '354') reply = await this.ask(text);
    if (reply.code !== '421') await this.ask('QUIT\r\n');
    await this.end();
    return { reply, by };
  }

  private ask(text: string): Promise<Reply> {
    this.socket.write(text);
    return this.reply();
  }

  private async reply(): Promise<Reply> {
    const lines: string[] = [];
    for (;;) {
      const [, code, mark, words = ''] = /^([2-5]\d\d)([ -])(.*)$/.exec(await this.line()) ?? [];
      if (code === undefined || lines.length >= MOST_LINES) throw broken('no SMTP');
      lines.push(words);
      if (mark === ' ') return { code, lines };
    }
  }

  private async line(): Promise<string> {
    for (;;) {
      const line = this.heard.shift();
      if (line !== undefined) return line;
      const { value, done } = await this.pieces.next();
      if (done) throw broken('cut short');
      const whole = this.lines.take(value);
      if (whole === undefined) throw broken('no SMTP');
      this.heard.push(...whole.map((one) => one.toString('latin1')));
    }
  }

  /** Both sides have said goodbye. */
  private async end(): Promise<void> {
    this.socket.end();
    while (!(await this.pieces.next()).done);
  }
}

const broken = (code: string) => Object.assign(new Error(code), { code });
