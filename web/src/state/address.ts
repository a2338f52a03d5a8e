// SPDX-License-Identifier: Apache-2.0
// The address of the page as it is written. wouter tells when it changes, but decodes it on the
// way: once too often for names that hold a percent sign.
import { useLocation, useSearch } from 'wouter';

interface Address {
  search: string;
  // Another search of the same page: a new entry of the browser's history, or this one changed.
  go: (search: string, replace?: boolean) => void;
}

export function useAddress(): Address {
  useSearch();
  const [, go] = useLocation();
  return {
    search: location.search,
    go: (search, replace = false) => go(location.pathname + search, { replace }),
  };
}
