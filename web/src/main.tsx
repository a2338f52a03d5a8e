// SPDX-License-Identifier: Apache-2.0
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { ApiError, should_retry } from './api/client';
import { App } from './app';
import { show_theme } from './state/theme';
import './style.css';

show_theme();

// A session that has ended is noticed by whatever asks next.
const cache = new QueryCache({
  onError: (error, { queryKey }) => {
    if (error instanceof ApiError && error.status === 401 && queryKey[0] !== 'session') {
      void client.invalidateQueries({ queryKey: ['session'] });
    }
  },
});
const client = new QueryClient({
  queryCache: cache,
  defaultOptions: { queries: { retry: should_retry, refetchOnWindowFocus: true } },
});
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
