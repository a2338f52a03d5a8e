# SPDX-License-Identifier: Apache-2.0
"""tools/tidy-exceptions: the refusals we live with, each with its reason.

One line each, `RULE PATH REASON...`. A line that no longer excuses anything is refused
itself, so that the list only shrinks; only the compiler rules, which look at what changed,
cannot tell.
"""

from tidy_lib import compilers

LISTING = "tools/tidy-exceptions"


def apply(root, findings):
    excused = {}
    for number, line in enumerate(lines(root), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=2)
        if len(words) < 3:
            findings.refuse("exceptions", LISTING, number,
                            "a line says RULE PATH REASON, and this one lacks the reason")
            continue
        excused[(words[0], words[1])] = number
    used = set()
    kept = []
    for refusal in findings.refusals:
        key = (refusal.rule, refusal.path)
        if key in excused:
            used.add(key)
        else:
            kept.append(refusal)
    findings.refusals = kept
    for key in sorted(excused.keys() - used):
        if key[0] in compilers.RULES:
            continue
        findings.refuse("exceptions", LISTING, excused[key],
                        f"{key[1]} no longer needs an exception from {key[0]}; remove the line")


def lines(root):
    listing = root / LISTING
    return listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
