// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';

interface Given {
  kind?: string; // a class, for widths of its own
  children: ReactNode;
}

// A table that knows how much room it has: see tables.css.
export function TableBox({ kind = '', children }: Given) {
  return (
    <div className={`table-box ${kind}`}>
      <table>{children}</table>
    </div>
  );
}
