// SPDX-License-Identifier: Apache-2.0
import { useTheme, type Theme } from '../state/theme';

const kThemes: [Theme, string][] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function ThemeChoice() {
  const [theme, choose] = useTheme();
  return (
    <label className="choice">
      <span className="hidden">Colours</span>
      <select value={theme} onChange={(event) => choose(event.target.value as Theme)}>
        {kThemes.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
