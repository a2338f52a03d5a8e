// SPDX-License-Identifier: Apache-2.0
import { Command } from './command';

// How something comes into a mesh in which nothing runs.
export function FirstProgram() {
  return (
    <>
      <p>
        Start a program of yours in it. It needs no change; its requests show here within a minute:
      </p>
      <Command text="seine run --name web --port 8080 -- ./web" />
      <p>Or look at a shop that is made for it:</p>
      <Command text="seine demo" />
    </>
  );
}
