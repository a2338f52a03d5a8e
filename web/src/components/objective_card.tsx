// SPDX-License-Identifier: Apache-2.0
import type { ObjectiveCard as Card } from '../api/types';
import { count_text } from '../lib/figures';
import { StateChip } from './state_chip';

interface Given {
  card: Card;
  is_open: boolean; // its evidence is shown
  open: () => void;
}

export function ObjectiveCard({ card, is_open, open }: Given) {
  const { text } = card;
  const has_figures = card.state !== 'no traffic';
  return (
    <article className={`card ${card.state.replace(' ', '-')}`} aria-label={card.name}>
      <header>
        <h3>{text.goal}</h3>
        <StateChip state={card.state} />
      </header>
      {card.description !== '' && <p className="soft">{card.description}</p>}
      {has_figures && <Figures card={card} />}
      <Sentences card={card} />
      {card.counts.bad > 0 && (
        <button type="button" aria-expanded={is_open} onClick={open}>
          {is_open ? 'Hide' : 'Show'} what failed: {count_text(card.counts.bad)}
        </button>
      )}
    </article>
  );
}

function Figures({ card }: { card: Card }) {
  const { text } = card;
  return (
    <>
      <dl className="figures">
        <div>
          <dt>Error budget left</dt>
          <dd className="big">{text.left}</dd>
        </div>
        <div>
          <dt>Compliance</dt>
          <dd>{text.compliance}</dd>
        </div>
        <div>
          <dt>
            <abbr title="Service level indicator: the share of good requests now">SLI</abbr>
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
      <meter
        className="budget"
        min={0}
        max={1}
        low={0.25}
        optimum={1}
        value={card.left_share}
        aria-label={`Error budget left: ${text.left}`}
      />
    </>
  );
}

function Sentences({ card }: { card: Card }) {
  const { text } = card;
  const lines = [text.budget, text.outlook, text.coverage, text.excluded, difference(card)];
  return (
    <ul className="sentences">
      {lines
        .filter((line) => line !== '')
        .map((line) => (
          <li key={line}>{line.charAt(0).toUpperCase() + line.slice(1)}.</li>
        ))}
    </ul>
  );
}

// What both ends saw of the same requests; said where they do not agree.
function difference({ callers, servers }: Card): string {
  const asked = callers.good + callers.bad;
  const answered = servers.good + servers.bad;
  if (asked === 0 || answered === 0) return '';
  if (asked === answered && callers.bad === servers.bad) return '';
  return (
    `Callers saw ${count_text(callers.bad)} of ${count_text(asked)} fail, ` +
    `servers ${count_text(servers.bad)} of ${count_text(answered)}`
  );
}
