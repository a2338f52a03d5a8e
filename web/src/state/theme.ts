// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the system says, until somebody chooses; the choice stays in this browser.
import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const kKey = 'seine-theme';

function kept(): Theme {
  try {
    const theme = localStorage.getItem(kKey);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system'; // storage is forbidden: nothing is kept
  }
}

// Before anything is painted.
export function show_theme(theme: Theme = kept()) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, set_theme] = useState<Theme>(kept);
  const choose = (chosen: Theme) => {
    set_theme(chosen);
    show_theme(chosen);
    try {
      localStorage.setItem(kKey, chosen);
    } catch {
      // As above.
    }
  };
  return [theme, choose];
}
