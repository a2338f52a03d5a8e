# SPDX-License-Identifier: Apache-2.0
"""Declares and runs end-to-end tests: a function, its sentence and its bound in time."""

import signal
import time
import traceback
from dataclasses import dataclass
from typing import Callable

from lab.process import LabError


@dataclass
class Case:
    name: str
    sentence: str
    seconds: int
    runs: str
    waits: bool
    call: Callable


class CaseFailed(Exception):
    """What was expected and what was seen, in one sentence."""


class _OutOfTime(BaseException):
    """Not an Exception, so that no test swallows it."""


CASES = []


def e2e(sentence, seconds=60, runs="always", waits=False):
    """Registers a case. `call(binaries)` raises to fail; `binaries` is the directory of ours. What
    it returns, if anything, is a sentence of figures to print.

    Of a case in two lengths one runs "short" (without --long), the other "long" (with it). One that
    mostly `waits`, and bounds no speed, runs beside others.
    """
    def register(call):
        name = f"{call.__module__.rsplit('.', 1)[-1]}.{call.__name__}"
        CASES.append(Case(name, sentence, seconds, runs, waits, call))
        return call
    return register


def expect(condition, sentence):
    if not condition:
        raise CaseFailed(sentence)


def run_case(case, binaries):
    """(None or why it failed, what it tells or None, seconds it took)."""
    def ring(*_):
        raise _OutOfTime

    began = time.monotonic()
    told = None
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(case.seconds)
    try:
        told = case.call(binaries)
        reason = None
    except (CaseFailed, LabError) as error:
        reason = str(error)
    except _OutOfTime:
        reason = f"it had not ended after {case.seconds} s"
    except Exception:  # pylint: disable=broad-except
        reason = traceback.format_exc()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return reason, told, time.monotonic() - began
