// SPDX-License-Identifier: Apache-2.0
// What every service of the shop does around its own work: flags, tallies, SIGTERM, exit codes.
//
// Exits 0 when it drained, 64 for wrong flags, 1 for everything else; what is wrong is said in one
// sentence on standard error.

import { hostname } from 'node:os';

import { flag, parseFlags, usage, UsageError, type Declaration, type Values }
  from './flags/flags.js';
import { label, path, period } from './flags/values.js';
import { Counted, TallyRecord, type Application } from './tally/record.js';
import { table } from './tally/table.js';

/** What a service works with. */
export interface Surroundings extends Application {
  /** A line on standard output, behind the service's name. */
  readonly say: (line: string) => void;
}

export interface Running {
  /** Settles when the service has nothing left to do by itself. A server's never does. */
  readonly finished?: Promise<void>;
  /** Takes no more work and settles when all that it has is done. */
  drain(): Promise<void>;
  /** Drops what is left, and whatever would keep the process alive. */
  close(): void;
}

/** Flags of every service. */
const SHARED = {
  version: flag('VERSION', 'version of this replica, told with each answer', label,
    { otherwise: 'v1', variable: 'SHOP_VERSION' }),
  replica: flag('NAME', 'name of this replica, told with each answer; without it the host\'s',
    label, { variable: 'SHOP_REPLICA' }),
  tally: flag('FILE', 'keep the tally of requests in this file', path),
  tallyEvery: flag('DURATION', 'how often the tally is written', period, { otherwise: '1s' }),
  grace: flag('DURATION', 'how long SIGTERM waits for requests under way', period,
    { otherwise: '10s' }),
};

/** The whole life of a service, to the end of the process. `start` may throw a UsageError. */
export async function run<D extends Declaration>(
  application: string, purpose: string, declared: D,
  start: (options: Values<D>, around: Surroundings) => Promise<Running>,
): Promise<never> {
  // Whoever reads what we say may go away before we do.
  process.stdout.on('error', () => {});
  try {
    const options = parseFlags({ ...declared, ...SHARED }, process.argv.slice(2), process.env);
    if (options === 'help') {
      process.stdout.write(usage(application, purpose, { ...declared, ...SHARED }));
    } else {
      await live(application, options, (around) => start(options as unknown as Values<D>, around));
    }
    // Explicitly: what was dropped may still hold a timer.
    process.exit(0);
  } catch (error) {
    const { message } = error as Error;
    console.error(`${application}: ${error instanceof UsageError ? message : sentence(error)}`);
    process.exit(error instanceof UsageError ? 64 : 1);
  }
}

async function live(
  application: string, options: Values<typeof SHARED>,
  start: (around: Surroundings) => Promise<Running>,
): Promise<void> {
  const identity = {
    application, version: options.version, replica: options.replica ?? hostname(),
  };
  const say = (line: string) => console.log(`${application}: ${line}`);
  const around = { identity, counted: new Counted(), say };
  const record = new TallyRecord(options.tally, around);
  record.start(options.tallyEvery);
  const stopped = signalled();
  const running = await start(around);
  await Promise.race([stopped, running.finished ?? stopped]);
  const drained = running.drain();
  say('draining');
  const isDrained = await within(options.grace, drained);
  running.close();
  record.finish();
  const { sent, connected } = around.counted.snapshot();
  if (Object.keys({ ...sent, ...connected }).length > 0) console.log(table(sent, connected));
  if (!isDrained) throw new Error(`requests were still under way after ${options.grace} ms`);
  say('done');
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}

/** Whether `work` was done within so many milliseconds. */
async function within(milliseconds: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function sentence(error: unknown): string {
  const { code, message, address, port } = error as NodeJS.ErrnoException &
    { address?: string; port?: number };
  const where = `cannot listen on ${address ?? ''}:${port ?? ''}`;
  if (code === 'EADDRINUSE') return `${where}: another process has the port.`;
  if (code === 'EACCES') return `${where}: this user may not.`;
  if (code === 'EADDRNOTAVAIL') return `${where}: the address is not of this machine.`;
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
