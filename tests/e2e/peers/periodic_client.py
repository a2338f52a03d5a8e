# SPDX-License-Identifier: Apache-2.0
"""Keeps connections open and asks on each of them once a period.

    periodic_client.py ADDRESS PORT METHOD CONNECTIONS PERIOD SECONDS

Ends after SECONDS and prints "asked N, failed M", and a line for each of the first failures.
"""

import http.client
import sys
import threading
import time


class Asked:
    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0
        self.failures = []

    def note(self, failure=None):
        with self.lock:
            self.count += 1
            if failure:
                self.failures.append(failure)


def ask_for_ever(address, port, method, number, period, until, asked):
    connection = http.client.HTTPConnection(address, port, timeout=10)
    due = time.monotonic() + period * number / 100
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        due += period
        try:
            connection.request(method, f"/{number}")
            answer = connection.getresponse()
            answer.read()
            reason = answer.getheader("l5d-proxy-error")
            asked.note(None if answer.status == 200 else f"{answer.status} {reason}")
        except (OSError, http.client.HTTPException) as error:
            asked.note(repr(error))
            connection.close()


def main():
    address, port, method = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    connections, period, seconds = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
    asked, until = Asked(), time.monotonic() + seconds
    threads = [threading.Thread(target=ask_for_ever, args=(address, port, method, number, period,
                                                           until, asked))
               for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in asked.failures[:5]:
        print(f"failed: {failure}")
    print(f"asked {asked.count}, failed {len(asked.failures)}")


if __name__ == "__main__":
    main()
