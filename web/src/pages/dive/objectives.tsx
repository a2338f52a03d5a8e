// SPDX-License-Identifier: Apache-2.0
// The objectives of a service, and what failed of the one that the address names.
import { useEffect, useRef } from 'react';

import { useEvidence } from '../../api/queries';
import type { ObjectiveCard as Card, ServicePage } from '../../api/types';
import { Command } from '../../components/command';
import { EvidenceTable } from '../../components/evidence_table';
import { evidence_button_id, ObjectiveCard } from '../../components/objective_card';
import { with_word } from '../../lib/links';
import { may_promise } from '../../lib/services';
import { useAddress } from '../../state/address';

export function Objectives({ page }: { page: ServicePage }) {
  const { search, go } = useAddress();
  const asked = new URLSearchParams(search).get('objective');
  const shown = page.objectives.find((card) => card.name === asked) ?? null;
  const heading = useRef<HTMLHeadingElement>(null);
  const was_clicked = useRef(false);
  const shown_name = shown?.name ?? null;
  // While it is open its card is of the same counts: both name the same number.
  const evidence = useEvidence(shown_name);
  const card_of = (card: Card) => (card === shown ? (evidence.data?.card ?? card) : card);
  // Whoever opens it is led to it, also by a link that says so.
  useEffect(() => {
    if (shown_name === null) return;
    if (!was_clicked.current && location.hash !== '#evidence') return;
    was_clicked.current = false;
    heading.current?.scrollIntoView({ block: 'nearest' });
    heading.current?.focus({ preventScroll: true });
    heading.current?.parentElement?.parentElement?.scrollIntoView({ block: 'nearest' });
  }, [shown_name]);

  const show = (name: string | null) => {
    was_clicked.current = name !== null;
    if (name === null && asked !== null) {
      document.getElementById(evidence_button_id(asked))?.focus();
    }
    go(with_word(search, 'objective', name));
  };
  if (page.objectives.length === 0) return <NoObjective page={page} />;
  return (
    <section aria-labelledby="objectives">
      <div className="section-head">
        <h2 id="objectives">Objectives</h2>
      </div>
      <div className="cards">
        {page.objectives.map((card) => (
          <ObjectiveCard
            key={card.name}
            card={card_of(card)}
            is_open={shown === card}
            toggle={() => show(shown === card ? null : card.name)}
          />
        ))}
      </div>
      {asked !== null && shown === null && (
        <p className="notice">
          There is no objective {asked} here. It may have been removed; see `seine objective list`.
        </p>
      )}
      {shown !== null && (
        <section id="evidence" className="evidence-panel" aria-labelledby="evidence-title">
          <div className="section-head keeps-row">
            <h2 id="evidence-title" ref={heading} tabIndex={-1} className="name">
              {shown.kind === 'latency' ? 'What was late' : 'What failed'}: {shown.name}
            </h2>
            <button type="button" className="quiet" onClick={() => show(null)}>
              Close
            </button>
          </div>
          <EvidenceTable objective={shown.name} now_ms={page.now_ms} />
        </section>
      )}
    </section>
  );
}

function NoObjective({ page }: { page: ServicePage }) {
  const { name, namespace } = page.service;
  if (!may_promise(page)) return null;
  return (
    <section className="empty">
      <h2>Nothing is promised of this service yet</h2>
      <p>
        An objective says how many of its requests have to be good. Which goals it would have kept:
      </p>
      <Command text={`seine objective propose svc/${name} -n ${namespace}`} />
      <p>To promise one:</p>
      <Command text={`seine objective set svc/${name} -n ${namespace} --success 99%`} />
    </section>
  );
}
