// SPDX-License-Identifier: Apache-2.0
import { useContext, useEffect } from 'react';

import { Brand } from '../state/brand';

export function useTitle(title: string) {
  const brand = useContext(Brand);
  useEffect(() => {
    document.title = `${title} · ${brand}`;
  }, [title, brand]);
}
