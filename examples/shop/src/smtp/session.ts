// SPDX-License-Identifier: Apache-2.0
// The server's side of one SMTP conversation (RFC 5321), without any I/O: lines in, replies out.

/** Each is told to who comes upon it. */
export interface SmtpLimits {
  /** Octets of one mail, as SIZE tells them. */
  readonly mailOctets: number;
  readonly recipients: number;
  readonly mails: number;
  /** Commands that are wrong, until the conversation is over. */
  readonly mistakes: number;
  /** Octets that a client may send in all. */
  readonly octets: number;
}

export const USUAL_LIMITS: SmtpLimits = {
  mailOctets: 64 * 1024, recipients: 20, mails: 100, mistakes: 10, octets: 1024 * 1024,
};

const EXTENSIONS = ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES'];
const SENDER = /^FROM: ?<(?:[^\s<>@]{1,64}@[A-Za-z0-9.-]{1,255})?>((?: [A-Z0-9-]+(?:=\S+)?)*)$/i;
const RECIPIENT = /^TO: ?<[^\s<>@]{1,64}@([A-Za-z0-9.-]{1,255})>$/i;

type State = 'new' | 'ready' | 'sender' | 'recipients' | 'data';

export class Session {
  /** What the conversation came to: the code of its last mail, 221 without any, 421 if cut. */
  outcome = '221';
  /** Nothing more is to be said. */
  isOver = false;
  private state: State = 'new';
  private recipients = 0;
  private mails = 0;
  private mailOctets = 0;
  private mistakes = 0;
  private octets = 0;

  /**
   * Takes mail for `domain`. `who` is told in the greeting, and names mails: REPLICA/VERSION.
   * `number` gives each mail one.
   */
  constructor(
    private readonly who: string, private readonly domain: string,
    private readonly number: () => number, private readonly limits = USUAL_LIMITS,
  ) {}

  /** What is said before the client has said anything. */
  greeting(): string {
    return `220 ${this.who} ESMTP`;
  }

  /** The reply to a line, which has no CRLF; undefined where there is none yet. */
  take(line: Buffer): string | undefined {
    this.octets += line.length + 2;
    if (this.octets > this.limits.octets) return this.cut('too much was said');
    if (this.state === 'data') return this.content(line);
    const text = line.toString('latin1');
    if (!/^[\x20-\x7e]*$/.test(text)) return this.wrong('500 5.5.2 a command is printable ASCII');
    const [, verb = '', rest = ''] = /^(\S*) ?(.*)$/.exec(text) ?? [];
    return this.command(verb.toUpperCase(), rest.trimEnd());
  }

  /** Ends it from our side, with a last reply. */
  cut(why: string): string {
    this.isOver = true;
    this.outcome = '421';
    return `421 4.3.2 ${why}`;
  }

  private command(verb: string, rest: string): string {
    switch (verb) {
      case 'EHLO': return this.hello(rest, true);
      case 'HELO': return this.hello(rest, false);
      case 'MAIL': return this.mail(rest);
      case 'RCPT': return this.recipient(rest);
      case 'DATA': return this.data();
      case 'RSET':
        if (this.state !== 'new') this.state = 'ready';
        return '250 2.0.0 forgotten';
      case 'NOOP': return '250 2.0.0 nothing done';
      case 'VRFY': return '252 2.1.5 send it and see';
      case 'QUIT':
        this.isOver = true;
        return '221 2.0.0 goodbye';
      default: return this.wrong('500 5.5.1 there is no such command');
    }
  }

  private hello(name: string, isExtended: boolean): string {
    if (name === '') return this.wrong('501 5.5.4 say who you are');
    this.state = 'ready';
    if (!isExtended) return `250 ${this.who}`;
    const told = [this.who, `SIZE ${this.limits.mailOctets}`, ...EXTENSIONS];
    return told.map((line, at) => `250${at === told.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
  }

  private mail(rest: string): string {
    if (this.state !== 'ready') return this.wrong('503 5.5.1 EHLO first, and one mail at a time');
    const found = SENDER.exec(rest);
    if (!found) return this.wrong('501 5.5.4 expected MAIL FROM:<someone@somewhere>');
    const size = /(?:^| )SIZE=(\d{1,15})(?: |$)/i.exec(found[1] ?? '')?.[1];
    if (Number(size ?? 0) > this.limits.mailOctets) return this.refused('552 5.3.4 too long');
    if (this.mails >= this.limits.mails) return this.cut('enough mails; come again');
    this.state = 'sender';
    this.recipients = 0;
    return '250 2.1.0 sender taken';
  }

  private recipient(rest: string): string {
    if (this.state !== 'sender' && this.state !== 'recipients') {
      return this.wrong('503 5.5.1 MAIL first');
    }
    const domain = RECIPIENT.exec(rest)?.[1];
    if (domain === undefined) return this.wrong('501 5.5.4 expected RCPT TO:<someone@somewhere>');
    if (domain.toLowerCase() !== this.domain) {
      return this.refused(`550 5.7.1 only mail for ${this.domain} is taken`);
    }
    if (this.recipients >= this.limits.recipients) return this.refused('452 4.5.3 too many');
    this.recipients += 1;
    this.state = 'recipients';
    return '250 2.1.5 recipient taken';
  }

  private data(): string {
    if (this.state !== 'recipients') return this.wrong('503 5.5.1 RCPT first');
    this.state = 'data';
    this.mailOctets = 0;
    return '354 go on, and end with a dot';
  }

  private content(line: Buffer): string | undefined {
    if (line.length === 1 && line[0] === 0x2e) return this.whole();
    const isStuffed = line[0] === 0x2e;
    this.mailOctets += line.length + 2 - (isStuffed ? 1 : 0);
    return undefined;
  }

  /** A mail is counted and forgotten: nobody reads it here. */
  private whole(): string {
    this.state = 'ready';
    if (this.mailOctets > this.limits.mailOctets) return this.refused('552 5.3.4 too long');
    this.mails += 1;
    this.outcome = '250';
    return `250 2.0.0 taken as ${this.who.split('/')[0]}-${this.number()}`;
  }

  private refused(reply: string): string {
    this.outcome = reply.slice(0, 3);
    return reply;
  }

  private wrong(reply: string): string {
    this.mistakes += 1;
    return this.mistakes > this.limits.mistakes ? this.cut('too many mistakes') : reply;
  }
}
