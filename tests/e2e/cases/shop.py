# SPDX-License-Identifier: Apache-2.0
"""The example shop in a mesh: what the proxies counted against what the applications counted."""

from harness import e2e, expect
from lab.shop import REPLICAS, Shop

REQUESTS = 500
SENDERS = {"web": ["traffic"], "graph": ["traffic"], "payments": ["web", "graph"],
           "ledger": ["traffic", "web", "graph"]}
MAILERS = ["traffic", *REPLICAS]


def _sent(tally, service):
    return tally["sent"][service]


def _outbound(metrics, sender, name, service, **labels):
    return metrics[sender].sum(name, direction="outbound", dst_service=service, **labels)


def _expect_equal(what, *numbers):
    expect(len(set(numbers)) == 1 and numbers[0] > 0, f"{what}: {numbers}")


@e2e("every request that a service of the shop says it sent, over HTTP/1.1 and gRPC, answered,"
     " failed or cancelled, is counted once by the proxy at either end, over mutual TLS",
     seconds=120)
def counts_equal(binaries):
    with Shop(binaries).start() as shop:
        shop.open("--fail", "POST:/purchase=0.1", "--delay", "/test-mail=5ms..20ms")
        shop.send("--requests", REQUESTS, "--rate", 60, "--seed", 3, seconds=90)
        tallies = shop.tallies()
        metrics = {name: shop.metrics(name) for name in shop.proxies}
    _expect_equal("requests and mails of traffic", REQUESTS,
                  sum(row["sent"] for kind in ("sent", "connected")
                      for row in tallies["traffic"][kind].values()))
    for service, senders in SENDERS.items():
        for sender in senders:
            row = _sent(tallies[sender], service)
            expect(row["not_answered"] + row["not_connected"] + row["in_flight"] == 0
                   and row["failed"] == row["injected"],
                   f"{sender} lost requests to {service}: {row}")
            _expect_equal(f"sent by {sender} to {service}, and its proxy's requests and responses",
                          row["sent"],
                          _outbound(metrics, sender, "request_total", service, tls="true"),
                          _outbound(metrics, sender, "response_total", service, tls="true"))
        servers = REPLICAS if service == "payments" else [service]
        _expect_equal(f"sent to {service}, and inbound",
                      sum(_sent(tallies[sender], service)["sent"] for sender in senders),
                      sum(metrics[each].sum("request_total", direction="inbound", tls="true")
                          for each in servers))
    _expect_equal("connections to mail, and inbound",
                  sum(tallies[each]["connected"]["mail"]["sent"] for each in MAILERS),
                  sum(tallies[each]["connected"]["mail"]["succeeded"] for each in MAILERS),
                  tallies["mail"]["accepted"]["SMTP"]["received"],
                  metrics["mail"].sum("tcp_open_total", direction="inbound", peer="src",
                                      target_port="2525", tls="true"))
    payments = _sent(tallies["web"], "payments")
    _expect_equal("failures of payments, and those that the proxies saw",
                  sum(_sent(tallies[each], "payments")["failed"] for each in SENDERS["payments"]),
                  sum(_outbound(metrics, each, "response_total", "payments", status_code="500")
                      for each in SENDERS["payments"]),
                  sum(metrics[each].sum("response_total", direction="inbound", status_code="500")
                      for each in REPLICAS))
    expect(set(payments["answered_by"]) == {f"{name}/{version}"
                                            for name, version in REPLICAS.items()},
           f"not every replica of payments was asked: {payments['answered_by']}")
    expect(_sent(tallies["traffic"], "ledger")["cancelled"] > 0, "nothing was cancelled")
