// SPDX-License-Identifier: Apache-2.0
import type { ObjectiveCard as Card } from '../api/types';
import { cut } from '../lib/chart_lines';
import { count_text, exact_text, success_text } from '../lib/figures';
import { card_sentences, sentence, views_differ } from '../lib/sentences';
import { Command } from './command';
import { StateChip } from './state_chip';

const kShortDescription = 160; // letters

interface Given {
  card: Card;
  is_open: boolean; // its evidence is shown
  toggle: () => void;
}

export function evidence_button_id(objective: string): string {
  return `what-failed-${objective}`;
}

export function ObjectiveCard({ card, is_open, toggle }: Given) {
  const { text } = card;
  return (
    <article className={`card ${card.state.replace(' ', '-')}`} aria-label={card.name}>
      <div className="card-head">
        <span className="name">{card.name}</span>
        <StateChip state={card.state} />
      </div>
      <h3>{sentence(text.goal)}</h3>
      {text.allowance !== '' && <p className="soft small">{sentence(text.allowance)}</p>}
      {card.description !== '' && (
        <Description text={card.description} />
      )}
      {card.state !== 'no traffic' && card.state !== 'unreadable' && <Figures card={card} />}
      <ul className="sentences">
        {card_sentences(card).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {card.state === 'unreadable' && <WhatToDo name={card.name} />}
      {views_differ(card) && <Views card={card} />}
      {card.counts.bad > 0 && (
        <button
          id={evidence_button_id(card.name)}
          type="button"
          aria-expanded={is_open}
          aria-controls="evidence"
          onClick={toggle}
        >
          {is_open ? 'Hide what' : 'What'} {card.kind === 'latency' ? 'was late' : 'failed'} (
          {count_text(card.counts.bad)})
        </button>
      )}
    </article>
  );
}

// Why is among the sentences.
function WhatToDo({ name }: { name: string }) {
  return (
    <div className="soft">
      <p>
        What was counted is kept, and it stands here again once it can be read. Whether that is so,
        and what else Dive cannot read:
      </p>
      <Command text={`seine objective show ${name}`} />
      <Command text="seine dive status" />
    </div>
  );
}

// A long one is folded: the figures are what one came for.
function Description({ text }: { text: string }) {
  if (text.length <= kShortDescription) return <p className="card-description">{text}</p>;
  return (
    <details className="card-description">
      <summary>{cut(text, kShortDescription)}</summary>
      <p>{text}</p>
    </details>
  );
}

function Figures({ card }: { card: Card }) {
  const { text } = card;
  return (
    <>
      <dl className="figures">
        <div className="main">
          <dt>Budget left</dt>
          <dd>{text.left}</dd>
        </div>
        <div>
          <dt>Compliance</dt>
          <dd>{text.compliance}</dd>
        </div>
        <div>
          <dt>
            <abbr title="Service level indicator: the share of good requests of late">SLI</abbr> now
          </dt>
          <dd>{text.recent}</dd>
        </div>
        {text.burn !== '' && (
          <div>
            <dt>Burn rate</dt>
            <dd>{text.burn}</dd>
          </div>
        )}
      </dl>
      <div
        className="bar"
        role="meter"
        aria-label="Error budget left"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(card.left_share * 100)}
        aria-valuetext={text.left}
      >
        <div className="bar-fill" style={{ width: `${card.left_share * 100}%` }} />
      </div>
    </>
  );
}

// The same requests, seen at both ends. What they differ by was lost or made between the two.
function Views({ card }: { card: Card }) {
  const { callers, servers } = card;
  const more = callers.bad - servers.bad;
  return (
    <table className="views">
      <caption className="hidden">What both ends saw of the same requests</caption>
      <thead>
        <tr>
          <th scope="col">Seen by</th>
          <th scope="col" className="number">
            Good
          </th>
          <th scope="col" className="number">
            Bad
          </th>
          <th scope="col" className="number">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {(
          [
            ['callers', callers],
            ['servers', servers],
          ] as const
        ).map(([name, seen]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="number">{exact_text(seen.good)}</td>
            <td className="number">{exact_text(seen.bad)}</td>
            <td className="number">{success_text(seen.good, seen.bad)}</td>
          </tr>
        ))}
        <tr className="differs">
          <th scope="row">difference</th>
          <td className="number">{signed(callers.good - servers.good)}</td>
          <td className="number">{signed(more)}</td>
          <td />
        </tr>
      </tbody>
    </table>
  );
}

function signed(count: number): string {
  return count > 0 ? `+${exact_text(count)}` : count < 0 ? `−${exact_text(-count)}` : '0';
}
