// SPDX-License-Identifier: Apache-2.0
// Which requests burnt the budget: grouped, most first, with one of each to look at.
import { useEvidence } from '../api/queries';
import type { EvidenceGroup } from '../api/types';
import { count_text, latency_text, success_text, time_text } from '../lib/figures';
import { Loading, Problem } from './problem';

export function EvidenceTable({ objective, now_ms }: { objective: string; now_ms: number }) {
  const evidence = useEvidence(objective);
  if (evidence.data === undefined) {
    return evidence.error !== null ? (
      <Problem error={evidence.error} again={() => void evidence.refetch()} />
    ) : (
      <Loading what="what failed" />
    );
  }
  const { groups, bad, other } = evidence.data;
  if (bad === 0) return <p className="soft">Nothing failed within this objective&apos;s window.</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={`What failed: ${objective}`}>
      <table>
        <caption>
          {count_text(bad)} bad {bad === 1 ? 'request' : 'requests'} within the window, by what they
          have in common
        </caption>
        <thead>
          <tr>
            <th scope="col" className="number">
              Bad
            </th>
            <th scope="col" className="number">
              Share
            </th>
            <th scope="col">Cause</th>
            <th scope="col">Route</th>
            <th scope="col">Caller</th>
            <th scope="col">Workload</th>
            <th scope="col">Version</th>
            <th scope="col">Example</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <Row key={key_of(group)} group={group} bad={bad} now_ms={now_ms} />
          ))}
          {other > 0 && (
            <tr>
              <td className="number">{count_text(other)}</td>
              <td className="number">{success_text(other, bad - other, 1)}</td>
              <td colSpan={6} className="soft">
                others, of smaller groups
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function key_of(group: EvidenceGroup): string {
  return [group.route, group.caller, group.workload, group.version, group.cause].join('\n');
}

function Row({ group, bad, now_ms }: { group: EvidenceGroup; bad: number; now_ms: number }) {
  const { example } = group;
  return (
    <tr>
      <td className="number">{count_text(group.count)}</td>
      <td className="number">{success_text(group.count, bad - group.count, 1)}</td>
      <td>{group.cause}</td>
      <td className="name">{group.route}</td>
      <td className="name">{group.caller}</td>
      <td className="name">{group.workload}</td>
      <td className="name">
        {group.version === '' ? <span className="soft">none</span> : group.version}
      </td>
      <td>
        {example === null ? (
          <span className="soft">none was kept</span>
        ) : (
          <details>
            <summary>
              {time_text(example.at_ms, now_ms)}, {latency_text(example.latency_ms)}
            </summary>
            <code>
              {example.method} {example.path}
            </code>
            {example.detail !== '' && <p>{example.detail}</p>}
            {example.trace_id !== '' && <p className="soft">trace {example.trace_id}</p>}
          </details>
        )}
      </td>
    </tr>
  );
}
