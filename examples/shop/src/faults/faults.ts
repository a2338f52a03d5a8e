// SPDX-License-Identifier: Apache-2.0
// Failures and delays that a service makes on purpose, route by route, the same in every run with
// the same seed: whether the n-th request of a route fails depends on nothing else.

import { UsageError } from '../flags/flags.js';
import { duration, share } from '../flags/values.js';
import { Random } from './random.js';

/** A route as faults see it: its key, and what a user may call it in a flag. */
export interface Target {
  readonly route: string;
  readonly names: readonly string[];
}

/** `POST:/purchase` is that route, `/purchase` every method of the path. */
export function httpTarget(method: string, path: string): Target {
  return { route: `${method} ${path}`, names: [`${method}:${path}`, path] };
}

/** `/shop.Ledger/Record`, or `Record` for short. */
export function grpcTarget(path: string): Target {
  return { route: path, names: [path, path.slice(path.lastIndexOf('/') + 1)] };
}

export interface FailRule<S> {
  readonly routes: readonly string[];
  readonly share: number;
  readonly status: S;
}

export interface DelayRule {
  readonly routes: readonly string[];
  readonly least: number;
  readonly most: number;
}

/** A reader of `ROUTE=SHARE[:STATUS]` for --fail. */
export function failRule<S>(
  targets: readonly Target[], readStatus: (text: string) => S, usual: S,
): (text: string) => FailRule<S> {
  return (text) => {
    const [routes, value] = split(targets, text);
    const colon = value.indexOf(':');
    if (colon < 0) return { routes, share: share(value), status: usual };
    return {
      routes, share: share(value.slice(0, colon)), status: readStatus(value.slice(colon + 1)),
    };
  };
}

/** A reader of `ROUTE=DURATION` or `ROUTE=LEAST..MOST` for --delay. */
export function delayRule(targets: readonly Target[]): (text: string) => DelayRule {
  return (text) => {
    const [routes, value] = split(targets, text);
    const [low = '', high = low, ...more] = value.split('..');
    const [least, most] = [duration(low), duration(high)];
    if (more.length > 0 || least > most) {
      throw new UsageError('a delay is a duration or LEAST..MOST, such as 40ms or 20ms..60ms');
    }
    return { routes, least, most };
  };
}

function split(targets: readonly Target[], text: string): [string[], string] {
  const equals = text.lastIndexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const routes = targets.filter(({ names }) => names.includes(name)).map(({ route }) => route);
  if (routes.length === 0) {
    const known = targets.map(({ names }) => names[0]).join(', ');
    throw new UsageError(`there is no route ${name}; there are ${known}`);
  }
  if (equals < 0) throw new UsageError('a route, = and a value belong together');
  return [routes, text.slice(equals + 1)];
}

/** A reader of HTTP statuses to fail with. */
export function failingStatus(text: string): number {
  if (!/^[45]\d\d$/.test(text)) throw new UsageError('the status must be from 400 to 599');
  return Number(text);
}

export interface Fault<S> {
  /** In milliseconds; 0 for none. */
  readonly delay: number;
  /** What to fail with; undefined to go on. */
  readonly status: S | undefined;
}

export class Faults<S> {
  private readonly failures = new Map<string, { rule: FailRule<S>; random: Random }>();
  private readonly delays = new Map<string, { rule: DelayRule; random: Random }>();

  /** Throws UsageError when two rules are about one route. */
  constructor(fail: readonly FailRule<S>[], delay: readonly DelayRule[], seed: number) {
    install('--fail', fail, this.failures, seed);
    install('--delay', delay, this.delays, seed);
  }

  /** What shall happen to the next request of `route`. */
  next(route: string): Fault<S> {
    const failure = this.failures.get(route);
    const delay = this.delays.get(route);
    const fails = failure !== undefined && failure.random.next() < failure.rule.share;
    return {
      delay: delay === undefined ? 0 : delay.random.between(delay.rule.least, delay.rule.most),
      status: fails ? failure.rule.status : undefined,
    };
  }
}

function install<R extends { routes: readonly string[] }>(
  flag: string, rules: readonly R[], into: Map<string, { rule: R; random: Random }>, seed: number,
): void {
  for (const rule of rules) {
    for (const route of rule.routes) {
      if (into.has(route)) throw new UsageError(`${flag} is given twice for ${route}.`);
      into.set(route, { rule, random: new Random(seed, `${flag} ${route}`) });
    }
  }
}
