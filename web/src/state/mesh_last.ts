// SPDX-License-Identifier: Apache-2.0
// How much of the last ten minutes is looked at, as the address says, and how to change it.
import { mesh_last_of, with_mesh_last, type MeshLast } from '../lib/mesh';
import { useAddress } from './address';

export function useMeshLast(): [MeshLast, (last: MeshLast) => void] {
  const { search, go } = useAddress();
  return [mesh_last_of(search), (last) => go(with_mesh_last(search, last))];
}
