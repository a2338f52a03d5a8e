// SPDX-License-Identifier: Apache-2.0
// A mesh of a minute ago, without Dive: nothing runs in it.
import { mesh_answer, mesh_session } from './mesh_shapes.mjs';

export const mesh_empty = {
  session: () => mesh_session(),
  mesh: (search) => mesh_answer(search),
};
