// SPDX-License-Identifier: Apache-2.0
// Numbers that look random and are the same in every run with the same seed.

/** A sequence of its own for each label, so that sequences do not depend on each other's use. */
export class Random {
  private state: number;

  /** `seed` from 0 to 2^32 - 1. */
  constructor(seed: number, label: string) {
    // FNV-1a over the label, started from the seed.
    let hash = (0x811c9dc5 ^ seed) >>> 0;
    for (const byte of Buffer.from(label)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    this.state = hash;
  }

  /** The next number, from 0 to below 1 (Tommy Ettinger's mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** The next whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }
}
