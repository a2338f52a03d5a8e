# SPDX-License-Identifier: Apache-2.0
"""Asks for the metrics of a proxy ten times a second, over one connection as Prometheus does, every
other time compressed, until it gets SIGTERM. Reads each page with Prometheus' own client and looks
whether it could be one of the same process after the last: no counter falls, histograms add up.

    scraper.py ADDRESS PORT

Prints one line of JSON at the end: scrapes, slowest_ms and problems, the first ten.
"""

import gzip
import http.client
import json
import signal
import sys
import time

from prometheus_client.parser import text_string_to_metric_families

EVERY = 0.1


class Asked(Exception):
    """Of us, to end."""


def samples_of(text):
    """{(name, labels): value} and the types by family; ValueError for a page that is none."""
    values, types = {}, {}
    for family in text_string_to_metric_families(text):
        types[family.name] = family.type
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            if key in values:
                raise ValueError(f"{key} is there twice")
            values[key] = sample.value
    return values, types


def problems_of(values, types, before):
    for (name, labels), value in values.items():
        grows = types.get(name.removesuffix("_total")) == "counter" or name.endswith(
            ("_total", "_bucket", "_count"))
        if grows and value < before.get((name, labels), 0):
            yield f"{name}{labels} fell from {before[(name, labels)]} to {value}"
        if name.endswith("_bucket") and ("le", "+Inf") in labels:
            rest = tuple(label for label in labels if label[0] != "le")
            count = values.get((name.removesuffix("_bucket") + "_count", rest))
            if count != value:
                yield f"{name}{rest} has {value} in its buckets and counts {count}"
    for key in before.keys() - values.keys():
        yield f"{key} is gone"


def scrape(connection, compressed):
    connection.request("GET", "/metrics",
                       headers={"accept-encoding": "gzip"} if compressed else {})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise ValueError(f"status {response.status}")
    if compressed != (response.getheader("content-encoding") == "gzip"):
        raise ValueError(f"content-encoding {response.getheader('content-encoding')}")
    return (gzip.decompress(body) if compressed else body).decode()


def run(report):
    connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=5)
    before = {}
    while True:
        began = time.monotonic()
        try:
            text = scrape(connection, report["scrapes"] % 2 == 1)
            report["slowest_ms"] = max(report["slowest_ms"], (time.monotonic() - began) * 1000)
            values, types = samples_of(text)
            report["problems"] += problems_of(values, types, before)
            before = values
            report["scrapes"] += 1
        except (OSError, ValueError, http.client.HTTPException) as error:
            report["problems"].append(repr(error))
            connection.close()
        time.sleep(max(0, EVERY - (time.monotonic() - began)))


def end(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Asked


def main():
    report = {"scrapes": 0, "slowest_ms": 0, "problems": []}
    signal.signal(signal.SIGTERM, end)
    try:
        run(report)
    except Asked:
        report["problems"] = report["problems"][:10]
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
