// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';

import { useTheme, type Theme } from '../state/theme';

const kThemes: [Theme, string, ReactNode][] = [
  [
    'light',
    'Light',
    <>
      <circle cx="8" cy="8" r="3" />
      <path d="M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15" />
      <path d="M3 3l1.1 1.1M11.9 11.9 13 13M13 3l-1.1 1.1M4.1 11.9 3 13" />
    </>,
  ],
  [
    'system',
    'As the system',
    <>
      <rect x="1.7" y="2.7" width="12.6" height="8.6" rx="1.5" />
      <path d="M5.5 14h5" />
    </>,
  ],
  ['dark', 'Dark', <path d="M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z" />],
];

export function ThemeChoice() {
  const [theme, choose] = useTheme();
  return (
    <span className="choice icons" role="group" aria-label="Colours">
      {kThemes.map(([value, name, picture]) => (
        <button
          key={value}
          type="button"
          aria-pressed={theme === value}
          aria-label={name}
          title={name}
          onClick={() => choose(value)}
        >
          <svg
            width="16"
            height="16"
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
            aria-hidden="true"
          >
            {picture}
          </svg>
        </button>
      ))}
    </span>
  );
}
