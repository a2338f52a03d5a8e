// SPDX-License-Identifier: Apache-2.0
// Which requests burnt the budget: grouped, most first, with one of each to look at.
import { useEvidence } from '../api/queries';
import type { Evidence, EvidenceExample, EvidenceGroup } from '../api/types';
import { count_text, latency_text, plural, success_text, time_text } from '../lib/figures';
import { named } from '../lib/sentences';
import { Brief } from './brief';
import { Problem, Stale } from './problem';
import { TableBox } from './table_box';

export function EvidenceTable({ objective, now_ms }: { objective: string; now_ms: number }) {
  const evidence = useEvidence(objective);
  const { data, error } = evidence;
  if (data === undefined) {
    return error !== null ? (
      <Problem error={error} again={() => void evidence.refetch()} />
    ) : (
      <p className="nothing" role="status">
        Loading what failed…
      </p>
    );
  }
  if (data.bad === 0) {
    return <p className="nothing">Nothing failed within this objective&apos;s window.</p>;
  }
  return (
    <>
      <Stale error={error} />
      <Headline evidence={data} />
      <Table evidence={data} now_ms={now_ms} />
    </>
  );
}

// The answer in one sentence: what most of them have in common.
function Headline({ evidence }: { evidence: Evidence }) {
  const group = evidence.groups[0];
  if (group === undefined) return null;
  const { cause, route, caller, workload, version } = named(group);
  return (
    <p className="headline">
      {group.count === evidence.bad ? 'All ' : 'Most: '}
      <strong>
        {count_text(group.count)}
        {group.count === evidence.bad ? '' : ` of ${count_text(evidence.bad)}`}
      </strong>{' '}
      {group.count === 1 ? 'is' : 'are'} <strong>{cause}</strong> on{' '}
      <strong className="name">{route}</strong>, called by{' '}
      <strong className="name">{caller}</strong>
      {group.workload === '' ? (
        ', and nobody was reached.'
      ) : (
        <>
          , answered by <strong className="name">{workload}</strong>
          {group.version !== '' && (
            <>
              {' '}
              version <strong className="name">{version}</strong>
            </>
          )}
          .
        </>
      )}
    </p>
  );
}

function Table({ evidence, now_ms }: { evidence: Evidence; now_ms: number }) {
  const { groups, bad, other } = evidence;
  return (
    <TableBox kind="evidence">
      <caption>
        {plural(bad, 'bad request')} within the window, by what they have in common
      </caption>
      <thead>
        <tr>
          <th scope="col" className="number col-number">
            Bad
          </th>
          <th scope="col" className="number col-number">
            Share
          </th>
          <th scope="col" className="col-cause">
            Cause
          </th>
          <th scope="col">Route</th>
          <th scope="col">Caller</th>
          <th scope="col">Workload</th>
          <th scope="col">Version</th>
          <th scope="col" className="col-example">
            Example
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <Row key={key_of(group)} group={group} bad={bad} now_ms={now_ms} />
        ))}
        {other > 0 && (
          <tr>
            <td className="number" data-label="Bad">
              {count_text(other)}
            </td>
            <td className="number" data-label="Share">
              {success_text(other, bad - other, 1)}
            </td>
            <td colSpan={6} className="soft wide">
              others, in smaller groups
            </td>
          </tr>
        )}
      </tbody>
    </TableBox>
  );
}

function key_of(group: EvidenceGroup): string {
  const route = group.route_full ?? group.route;
  return [route, group.caller, group.workload, group.version, group.cause].join('\n');
}

function Row({ group, bad, now_ms }: { group: EvidenceGroup; bad: number; now_ms: number }) {
  const text = named(group);
  const cell = (label: string, shown: string, given: string, title?: string) => (
    <td className={given === '' ? 'soft' : undefined} data-label={label} title={title}>
      <Brief text={shown} />
    </td>
  );
  return (
    <tr>
      <td className="number" data-label="Bad">
        {count_text(group.count)}
      </td>
      <td className="number" data-label="Share">
        {success_text(group.count, bad - group.count, 1)}
      </td>
      {cell('Cause', text.cause, group.cause)}
      {cell('Route', text.route, group.route, group.route_full)}
      {cell('Caller', text.caller, group.caller)}
      {cell('Workload', text.workload, group.workload)}
      {cell('Version', text.version, group.version)}
      <td className="wide" data-label="Example">
        {group.example === null ? (
          <span className="soft">none was kept</span>
        ) : (
          <Example example={group.example} now_ms={now_ms} />
        )}
      </td>
    </tr>
  );
}

function Example({ example, now_ms }: { example: EvidenceExample; now_ms: number }) {
  return (
    <details>
      <summary>
        {time_text(example.at_ms, now_ms)}, {latency_text(example.latency_ms)}
      </summary>
      <code>
        {example.method} {example.path}
      </code>
      {example.detail !== '' && <p className="name">{example.detail}</p>}
      {example.trace_id !== '' && <p className="soft small name">trace {example.trace_id}</p>}
    </details>
  );
}
