# SPDX-License-Identifier: Apache-2.0
"""Naming and running cases."""

import importlib
import inspect
import signal
import sys
import time
import traceback
from dataclasses import dataclass

CASE_SECONDS = 90


class Unexpected(Exception):
    """A sentence on what was seen instead."""


@dataclass
class Case:
    group: str
    behaviour: str
    name: str
    run: object


@dataclass
class Outcome:
    case: Case
    reason: str  # empty: it held
    seconds: float


_cases = []


def case(behaviour, name):
    """Registers a function of a World, or of nothing but `binaries` if that is its parameter's
    name, where it wants proxies of its own. `behaviour` is what it is in Linkerd's tests."""
    def register(function):
        group = function.__module__.rsplit(".", 1)[-1]
        _cases.append(Case(group, behaviour, name, function))
        return function
    return register


def expect(condition, sentence):
    if not condition:
        raise Unexpected(sentence)


def expect_equal(seen, wanted, what):
    expect(seen == wanted, f"{what}: {seen!r}, not {wanted!r}")


def _stop(*_):
    raise Unexpected(f"it did not end within {CASE_SECONDS} s")


def _run_case(each, *arguments):
    began = time.monotonic()
    reason = ""
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(CASE_SECONDS)
    try:
        each.run(*arguments)
    except Unexpected as error:
        at = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(sys.exc_info()[2])]
        reason = f"{error} ({' '.join(at[1:-1])})"
    except Exception:  # pylint: disable=broad-except
        reason = traceback.format_exc()
    finally:
        signal.alarm(0)
    return Outcome(each, reason, time.monotonic() - began)


def run_group(group, binaries, word):
    """Yields an Outcome for each case of the module whose name has the word."""
    module = importlib.import_module(f"behaviours.{group}")
    chosen = [each for each in _cases if each.group == group and word in each.name]
    shared = [each for each in chosen if "binaries" not in inspect.signature(each.run).parameters]
    if shared:
        with module.open_world(binaries) as world:
            for each in shared:
                yield _run_case(each, world)
    for each in chosen:
        if each not in shared:
            yield _run_case(each, binaries)
