// SPDX-License-Identifier: Apache-2.0
// A link to another page begins at its top, for eyes and for the keyboard. "Back" is left to the
// browser, which knows where one was.
import { useEffect } from 'react';

export function useVisits(main_id: string) {
  useEffect(() => {
    let path = location.pathname;
    const pushed = () => {
      if (location.pathname === path) return;
      path = location.pathname;
      if (location.hash === '') scrollTo(0, 0);
      document.getElementById(main_id)?.focus({ preventScroll: true });
    };
    const popped = () => {
      path = location.pathname;
    };
    // wouter tells of a push by an event of this name.
    addEventListener('pushState', pushed);
    addEventListener('popstate', popped);
    return () => {
      removeEventListener('pushState', pushed);
      removeEventListener('popstate', popped);
    };
  }, [main_id]);
}
