// SPDX-License-Identifier: Apache-2.0
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Assets carry the hash of their content in their names and are cached for good; index.html is
// not. Nothing is inlined: the pages' content security policy allows files of ours alone.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // light-dark(), container queries and registered properties are sent as they are written.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
  },
});
