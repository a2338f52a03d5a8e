// SPDX-License-Identifier: Apache-2.0
import type { ObjectiveState } from '../api/types';

// A state has a sign and a word; its colour only repeats them.
const kSigns: Record<ObjectiveState, [string, string]> = {
  healthy: ['✓', 'good'],
  burning: ['▲', 'warn'],
  exhausted: ['✕', 'bad'],
  'no traffic': ['○', 'quiet'],
  'partial data': ['◐', 'quiet'],
  unreadable: ['?', 'warn'],
};

export function StateChip({ state, detail }: { state: ObjectiveState; detail?: string }) {
  const [sign, tone] = kSigns[state] ?? ['?', 'quiet'];
  return (
    <span className={`chip ${tone}`}>
      <span aria-hidden="true">{sign}</span> {state}
      {detail !== undefined && detail !== '' && <span className="chip-detail">{detail}</span>}
    </span>
  );
}
