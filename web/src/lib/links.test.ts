// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { query, service_path } from '../api/client';
import {
  event_link,
  evidence_link,
  service_events_link,
  service_key,
  service_link,
  service_of_key,
  with_word,
  words_of_path,
} from './links';

const kService = { cluster: 'a b', namespace: 'shop', name: 'c/d%2F' };

describe('links', () => {
  it('hold any name and keep the span', () => {
    expect(service_path(kService)).toBe('a%20b/shop/c%2Fd%252F');
    expect(service_link(kService, { last: '1h' })).toBe('/services/a%20b/shop/c%2Fd%252F');
    expect(service_link(kService, { last: '7d' })).toContain('?last=7d');
    expect(event_link('a/b', { from_ms: 1, to_ms: 2 })).toBe('/events/a%2Fb?from_ms=1&to_ms=2');
  });
  it('lead to evidence', () => {
    const link = new URL(evidence_link(kService, 'x&y=1', { last: '6h' }), 'http://h');
    expect(link.searchParams.get('objective')).toBe('x&y=1');
    expect(link.searchParams.get('last')).toBe('6h');
    expect(link.hash).toBe('#evidence');
  });
  it('lead to the events of a service, and to the form for one', () => {
    const shop = { cluster: 'local', namespace: 'shop', name: 'web' };
    const link = new URL(service_events_link(shop, { last: '1h' }, true), 'http://h');
    expect(link.searchParams.get('service')).toBe('local/shop/web');
    expect(link.searchParams.has('add')).toBe(true);
    expect(service_of_key(service_key(shop))).toEqual(shop);
  });
});

describe('the path of an address', () => {
  it('gives back the names of which it was made', () => {
    const path = service_link(kService, {});
    expect(words_of_path(path, 'services', 3)).toEqual(['a b', 'shop', 'c/d%2F']);
  });
  it('is of its page, and whole', () => {
    for (const path of ['/events/a/b/c', '/services/a/b', '/services/a//c', '/services/a/b/%']) {
      expect(words_of_path(path, 'services', 3), path).toBeNull();
    }
  });
});

describe('one word of a search', () => {
  it('is set and taken away, and the others stay', () => {
    expect(with_word('?a=1', 'b', 'x&y%')).toBe('?a=1&b=x%26y%25');
    expect(with_word('?a=1&b=2', 'b', null)).toBe('?a=1');
    expect(with_word('?b=2', 'b', '')).toBe('');
  });
});

describe('a key of a service', () => {
  it('has three words', () => {
    for (const key of ['', 'a', 'a/b', 'a//c', 'a/b/c/d']) {
      expect(service_of_key(key), key).toBeNull();
    }
  });
});

describe('a query', () => {
  it('leaves out what is not there', () => {
    expect(query({ a: '', b: null, c: undefined })).toBe('');
    expect(query({ a: 'x y', b: 0 })).toBe('?a=x+y&b=0');
  });
});
