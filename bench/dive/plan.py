# SPDX-License-Identifier: Apache-2.0
"""Which past both stores are given."""

import time
from dataclasses import dataclass

_HOUR = 3600
_DAY = 24 * _HOUR


@dataclass
class Plan:
    """Seconds since 1970. The history goes on for an hour after now, as if time went on while it is
    asked about: both stores are always asked for what ends now."""

    services: int
    days: int
    end: int

    @staticmethod
    def of(services, days):
        return Plan(services, days, (int(time.time()) // _HOUR + 2) * _HOUR)

    @property
    def begin(self):
        return self.end - self.days * _DAY

    @property
    def finest_from(self):
        return self.end - 6 * _HOUR

    @property
    def lived_from(self):
        return self.end - _HOUR // 3

    def flags(self):
        return ["--services", str(self.services), "--from", str(self.begin), "--to", str(self.end)]

    def name(self, service):
        return f"s{service:03}"

    def chosen(self, count):
        """So many services, spread over all; among them those that fail all the time."""
        step = max(1, self.services // count)
        return [self.name(each) for each in range(7 % step, self.services, step)][:count]
