// SPDX-License-Identifier: Apache-2.0
// What flags take. Each reader throws a UsageError that says what would have been right.

import { UsageError } from './flags.js';

const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST = 24 * 3_600_000;

/** `250ms`, `1.5s`, `2m`, `1h`, up to a day, in milliseconds. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
  if (!(milliseconds <= LONGEST)) {
    throw new UsageError('a duration is a number and ms, s, m or h, such as 250ms, up to 24h');
  }
  return milliseconds;
}

/** A duration that is not nothing: a timer may run on it. */
export function period(text: string): number {
  const milliseconds = duration(text);
  if (milliseconds < 1) throw new UsageError('it must be 1ms or more');
  return milliseconds;
}

/** From `least` to `most`, in milliseconds. */
export interface Span {
  readonly least: number;
  readonly most: number;
}

/** `40ms` or `20ms..60ms`. */
export function span(text: string): Span {
  const [low = '', high = low, ...more] = text.split('..');
  const [least, most] = [duration(low), duration(high)];
  if (more.length > 0 || least > most) {
    throw new UsageError('a delay is a duration or LEAST..MOST, such as 40ms or 20ms..60ms');
  }
  return { least, most };
}

/** A share from 0 to 1. */
export function share(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 1)) throw new UsageError('it must be a number from 0 to 1, such as 0.05');
  return value;
}

/** A reader of whole numbers from `least` to `most`. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new UsageError(`it must be a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

/** Requests a second: above 0, up to 10000. */
export function rate(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= 10_000)) {
    throw new UsageError('it must be a number of requests a second, above 0 and up to 10000');
  }
  return value;
}

/** A reader of one word out of a few. */
export function oneOf<W extends string>(...words: W[]): (text: string) => W {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new UsageError(`it must be ${words.join(' or ')}`);
    return found;
  };
}

/** What may stand in a header: printable ASCII without spaces, up to 64 characters. */
export function label(text: string): string {
  if (!/^[\x21-\x7e]{1,64}$/.test(text)) {
    throw new UsageError('it must be 1 to 64 printable ASCII characters without spaces');
  }
  return text;
}

export function path(text: string): string {
  if (text === '') throw new UsageError('it must be the path of a file');
  return text;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `PORT` or `ADDRESS:PORT`, IPv6 in brackets. Port 0 takes any free one. */
export function listenAddress(text: string): Address {
  return address(/^\d+$/.test(text) ? `0.0.0.0:${text}` : text, 0);
}

/** `HOST:PORT` of a peer; the name is looked up when it is called. */
export function peerAddress(text: string): Address {
  return address(text, 1);
}

function address(text: string, lowest: number): Address {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port >= lowest && port <= 65535)) {
    throw new UsageError(
      `it must be HOST:PORT with a port from ${lowest} to 65535 and IPv6 in brackets`);
  }
  return { host, port };
}

/** An address the way it is written: IPv6 in brackets. */
export function written({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `http://HOST[:PORT]`, without a path. */
export function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url && `${url.pathname}${url.search}${url.hash}${url.username}` === '/';
  if (url?.protocol !== 'http:' || !bare) {
    throw new UsageError('it must be http://HOST:PORT without a path');
  }
  return url;
}
