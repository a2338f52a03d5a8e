// SPDX-License-Identifier: Apache-2.0
// The one place that asks the server anything: Dive, or the controller of a mesh.
import { sentence } from '../lib/sentences';
import type { ApiProblem } from './types';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string,
    readonly is_late = false, // it was waited for long enough
  ) {
    super(message);
  }
}

const kTimeoutMs = 15_000;

// Not what was refused: it would be refused again. Nor what was waited for: that has been patient
// enough, and whoever looks is to be told.
export function should_retry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.is_late) return false;
  const status = error instanceof ApiError ? error.status : 0;
  return failures < 2 && (status === 0 || status >= 500);
}

export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  // Whoever asks may give up before; a server that takes the question and never answers may not
  // keep it open for longer.
  const patience = AbortSignal.timeout(kTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
  try {
    const response = await fetch(`/api/v1${path}`, {
      credentials: 'same-origin',
      ...options,
      signal,
    });
    if (!response.ok) throw await problem_of(response);
    return (await response.json()) as T;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'Seine does not answer.', '', patience.aborted);
  }
}

export function send<T>(method: string, path: string, body: unknown): Promise<T> {
  return ask<T>(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function sign_out(): Promise<void> {
  await fetch('/sign-out', { method: 'POST', credentials: 'same-origin' });
}

async function problem_of(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as Partial<ApiProblem>;
    if (typeof problem.error === 'string') {
      return new ApiError(response.status, sentence(problem.error), sentence(problem.hint ?? ''));
    }
  } catch {
    // Not the server's own answer: a proxy's between us and it.
  }
  return new ApiError(response.status, `Seine answered ${response.status}.`, '');
}

// `?a=1&b=2` of what is there; empty for nothing.
export function query(values: Record<string, string | number | null | undefined>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') given.set(name, String(value));
  }
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

export function service_path(service: { cluster: string; namespace: string; name: string }) {
  return [service.cluster, service.namespace, service.name].map(encodeURIComponent).join('/');
}
