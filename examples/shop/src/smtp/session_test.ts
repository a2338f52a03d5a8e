// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Lines } from './lines.js';
import { composed, stuffed } from './mail.js';
import { Session, USUAL_LIMITS, type SmtpLimits } from './session.js';

function session(limits: Partial<SmtpLimits> = {}) {
  let number = 0;
  const one = new Session('mail-1/v1', 'shop.example', () => ++number,
    { ...USUAL_LIMITS, ...limits });
  return { one, say: (line: string) => one.take(Buffer.from(line)) ?? '' };
}

/** The codes of the replies, one for each line. */
const codes = (say: (line: string) => string, ...lines: string[]) =>
  lines.map((line) => say(line).slice(0, 3));

const UP_TO_DATA = ['EHLO web', 'MAIL FROM:<a@b.example>', 'RCPT TO:<owner@shop.example>', 'DATA'];

test('a mail is taken and named, and the conversation ends with its code', () => {
  const { one, say } = session();
  assert.equal(one.greeting(), '220 mail-1/v1 ESMTP');
  assert.equal(say('EHLO web'), '250-mail-1/v1\r\n250-SIZE 65536\r\n250-PIPELINING\r\n'
    + '250-8BITMIME\r\n250 ENHANCEDSTATUSCODES');
  assert.deepEqual(codes(say, 'mail from:<a@b.example> SIZE=20 BODY=8BITMIME',
    'RCPT TO:<owner@SHOP.example>', 'DATA', 'Subject: tea', '', '..', 'ä'),
  ['250', '250', '354', '', '', '', '']);
  assert.equal(say('.'), '250 2.0.0 taken as mail-1-1');
  assert.equal(say('QUIT'), '221 2.0.0 goodbye');
  assert.deepEqual([one.isOver, one.outcome], [true, '250']);
});

test('commands out of their order are refused, and nothing comes of them', () => {
  const { one, say } = session();
  assert.deepEqual(codes(say, 'MAIL FROM:<a@b.example>', 'RCPT TO:<owner@shop.example>', 'DATA',
    'EHLO web', 'DATA', 'MAIL FROM:<>', 'MAIL FROM:<>', 'DATA', 'RSET', 'RCPT TO:<o@shop.example>',
    'QUIT'),
  ['503', '503', '503', '250', '503', '250', '503', '503', '250', '503', '221']);
  assert.equal(one.outcome, '221');
});

test('what is no command or no address is refused', () => {
  const { say } = session();
  assert.deepEqual(codes(say, 'EHLO', 'STARTTLS', '', 'NOOP', 'VRFY owner', 'HELO web', 'naïve',
    'MAIL FROM:a@b', 'MAIL FROM:<a@b@c>'),
  ['501', '500', '500', '250', '252', '250', '500', '501', '501']);
});

test('mail for others is not taken', () => {
  const { one, say } = session();
  codes(say, 'EHLO web', 'MAIL FROM:<a@b.example>');
  assert.equal(say('RCPT TO:<a@elsewhere.example>').slice(0, 3), '550');
  assert.equal(one.outcome, '550');
});

test('each limit has its reply', () => {
  const long = session({ mailOctets: 10 });
  assert.deepEqual(codes(long.say, 'EHLO web', 'MAIL FROM:<> SIZE=11'), ['250', '552']);
  assert.deepEqual(codes(long.say, ...UP_TO_DATA.slice(1), '0123456789', '.'),
    ['250', '250', '354', '', '552']);
  assert.equal(long.one.outcome, '552');
  const crowded = session({ recipients: 1 });
  assert.deepEqual(codes(crowded.say, ...UP_TO_DATA.slice(0, 3), 'RCPT TO:<b@shop.example>'),
    ['250', '250', '250', '452']);
  const patient = session({ mails: 1 });
  assert.deepEqual(codes(patient.say, ...UP_TO_DATA, '.', 'MAIL FROM:<>').slice(-2),
    ['250', '421']);
  const lost = session({ mistakes: 2 });
  assert.deepEqual(codes(lost.say, 'a', 'b', 'c'), ['500', '500', '421']);
  const chatty = session({ octets: 20 });
  assert.deepEqual(codes(chatty.say, 'NOOP', 'NOOP', 'NOOP', 'NOOP'), ['250', '250', '250', '421']);
  assert.ok([patient.one, lost.one, chatty.one].every(({ isOver, outcome }) =>
    isOver && outcome === '421'));
});

test('lines end with CRLF and with nothing else, wherever the pieces are cut', () => {
  const wire = Buffer.from('MAIL\r\n\r\na\nb\rc\r\nrest');
  for (let cut = 0; cut <= wire.length; cut += 1) {
    const lines = new Lines();
    const found = [wire.subarray(0, cut), wire.subarray(cut)]
      .flatMap((piece) => lines.take(piece) ?? assert.fail('too long'));
    assert.deepEqual(found.map(String), ['MAIL', '', 'a\nb\rc'], String(cut));
  }
  assert.equal(new Lines().take(Buffer.from(`${'x'.repeat(998)}\r\n`))?.length, 1);
  assert.equal(new Lines().take(Buffer.from(`${'x'.repeat(999)}\r\n`)), undefined);
  assert.equal(new Lines().take(Buffer.alloc(1001, 'x')), undefined);
});

test('no text ends a mail early, and no subject adds a header', () => {
  const mail = { from: 'a@b', to: 'c@d', subject: 'tea\r\nBcc: e@f', text: 'one\n.\r\n.two\rend' };
  const wire = stuffed(composed(mail));
  assert.match(wire, /\r\nSubject: tea Bcc: e@f\r\n/);
  assert.ok(wire.endsWith('\r\n\r\none\r\n..\r\n..two\r\nend\r\n.\r\n'), JSON.stringify(wire));
});
