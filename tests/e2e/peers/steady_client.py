# SPDX-License-Identifier: Apache-2.0
"""One HTTP/1.1 connection that is never made anew, and a GET on it every 50 ms; prints each status.
Exits 1 with a sentence when the connection ends.

    steady_client.py ADDRESS PORT
"""

import http.client
import sys
import time


def main():
    connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=5)
    connection.connect()
    connection.auto_open = 0
    while True:
        try:
            connection.request("GET", "/?bytes=10")
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            sys.exit(f"the connection ended: {error!r}")
        print(response.status, flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
