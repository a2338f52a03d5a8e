// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the system says, until somebody chooses; the choice stays in this browser.
import { useEffect, useState } from 'react';

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

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, set_theme] = useState<Theme>(kept);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(kKey, theme);
    } catch {
      // As above.
    }
  }, [theme]);
  return [theme, set_theme];
}
