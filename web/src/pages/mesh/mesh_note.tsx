// SPDX-License-Identifier: Apache-2.0
import { sentence } from '../../lib/sentences';

// Where not all is known yet, what is shown is less than what was.
export function MeshNote({ note }: { note: string }) {
  if (note === '') return null;
  return (
    <p className="notice" role="status">
      {sentence(note)}
    </p>
  );
}
