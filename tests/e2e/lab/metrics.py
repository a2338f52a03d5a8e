# SPDX-License-Identifier: Apache-2.0
"""Reading the exposition text of a proxy's /metrics."""

import re

_LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Metrics:
    def __init__(self, text):
        self._samples = []
        for line in text.splitlines():
            found = _LINE.match(line)
            if found:
                labels = dict(_LABEL.findall(found.group(2) or ""))
                self._samples.append((found.group(1), labels, float(found.group(3))))

    def matching(self, name, **labels):
        """[(labels, value)] of the samples that have at least these labels."""
        return [(seen, value) for each, seen, value in self._samples
                if each == name and all(seen.get(key) == wanted for key, wanted in labels.items())]

    def sum(self, name, **labels):
        """0 when there is no such sample."""
        return sum(value for _, value in self.matching(name, **labels))

    def quantile(self, name, wanted, **labels):
        """Upper bound of the histogram bucket that holds the quantile; None without samples."""
        buckets = {}
        for seen, value in self.matching(f"{name}_bucket", **labels):
            bound = float(seen["le"].replace("+Inf", "inf"))
            buckets[bound] = buckets.get(bound, 0) + value
        total = buckets.get(float("inf"), 0)
        for bound in sorted(buckets):
            if total and buckets[bound] >= wanted * total:
                return bound
        return None
