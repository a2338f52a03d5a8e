// SPDX-License-Identifier: Apache-2.0
// Failures and delays that a service makes on purpose, route by route, the same in every run with
// the same seed: whether the n-th request of a route fails depends on nothing else. A rule for one
// caller takes the place of the rule for all, and counts that caller's requests alone.

import { UsageError } from '../flags/flags.js';
import { share, span, type Span } from '../flags/values.js';
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
  /** The caller that it is about; undefined for all. */
  readonly from?: string | undefined;
  readonly share: number;
  readonly status: S;
}

export interface DelayRule extends Span {
  readonly routes: readonly string[];
}

/** A reader of `ROUTE=SHARE[:STATUS][:from=CALLER]` for --fail. */
export function failRule<S>(
  targets: readonly Target[], readStatus: (text: string) => S, usual: S,
): (text: string) => FailRule<S> {
  return (text) => {
    const [routes, value] = split(targets, text);
    const [, rule = value, from] = /^(.*):from=(.*)$/s.exec(value) ?? [];
    if (from !== undefined && !/^[a-z0-9-]{1,64}$/.test(from)) {
      throw new UsageError('a caller is the name of a service, such as from=web');
    }
    const [likely = '', ...status] = rule.split(':');
    return {
      routes, from, share: share(likely),
      status: status.length === 0 ? usual : readStatus(status.join(':')),
    };
  };
}

/** A reader of `ROUTE=DURATION` or `ROUTE=LEAST..MOST` for --delay. */
export function delayRule(targets: readonly Target[]): (text: string) => DelayRule {
  return (text) => {
    const [routes, value] = split(targets, text);
    return { routes, ...span(value) };
  };
}

function split(targets: readonly Target[], text: string): [string[], string] {
  const equals = text.indexOf('=');
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

  /** `flag`: which the failures come from. Throws UsageError when two rules are about one route, of
   * the same caller. */
  constructor(
    fail: readonly FailRule<S>[], delay: readonly DelayRule[], seed: number, flag = '--fail',
  ) {
    install(flag, fail, this.failures, seed);
    install('--delay', delay, this.delays, seed);
  }

  /** What shall happen to the next request of `route`, by `caller` where that is known. */
  next(route: string, caller?: string): Fault<S> {
    const failure = this.failures.get(keyOf(route, caller)) ?? this.failures.get(route);
    const delay = this.delays.get(route);
    const fails = failure !== undefined && failure.random.next() < failure.rule.share;
    return {
      delay: delay === undefined ? 0 : delay.random.between(delay.rule.least, delay.rule.most),
      status: fails ? failure.rule.status : undefined,
    };
  }
}

const keyOf = (route: string, caller: string | undefined) =>
  (caller === undefined ? route : `${route} from ${caller}`);

function install<R extends { routes: readonly string[]; from?: string | undefined }>(
  flag: string, rules: readonly R[], into: Map<string, { rule: R; random: Random }>, seed: number,
): void {
  for (const rule of rules) {
    for (const route of rule.routes) {
      const key = keyOf(route, rule.from);
      if (into.has(key)) throw new UsageError(`${flag} is given twice for ${key}.`);
      into.set(key, { rule, random: new Random(seed, `${flag} ${key}`) });
    }
  }
}
