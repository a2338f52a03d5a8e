// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/promises.h"

#include <algorithm>

namespace seine::cli {
namespace {

// " (504 failfast 2)", as the callers' proxies have it.
std::string causes_of(const DemoService& service) {
  std::string out;
  for (const auto& [cause, requests] : service.causes) {
    out += (out.empty() ? " (" : ", ") + cause + " " + std::to_string(requests);
  }
  return out.empty() ? out : out + ")";
}

// Details of what broke, else what held.
Promise promise(std::string name, const std::vector<std::string>& broken, std::string held) {
  Promise out{.name = std::move(name), .held = broken.empty(), .detail = std::move(held)};
  if (out.held) return out;
  out.detail.clear();
  for (const std::string& one : broken) out.detail += (out.detail.empty() ? "" : "; ") + one;
  return out;
}

std::string count(std::uint64_t number) {
  return std::to_string(number);
}

Promise counts_equal(const std::vector<DemoService>& services) {
  std::vector<std::string> broken;
  std::uint64_t total = 0;
  for (const DemoService& service : services) {
    const std::uint64_t sent = service.generated.sent;
    total += sent;
    if (sent == 0) broken.push_back(service.name + " was asked for nothing");
    if (sent != service.outbound || sent != service.inbound) {
      broken.push_back(service.name + ": " + count(sent) + " sent, " + count(service.outbound) +
                       " counted by the callers' proxies, " + count(service.inbound) +
                       " by its own");
    }
  }
  if (services.empty()) broken.emplace_back("there is no service");
  return promise("counts are equal", broken,
                 "all " + count(total) +
                     " requests that applications sent were counted once by the proxy at either "
                     "end");
}

Promise edges_secured(const std::vector<DemoEdge>& edges) {
  std::vector<std::string> broken;
  for (const DemoEdge& edge : edges) {
    if (!edge.secured) {
      broken.push_back(edge.src + " to " + edge.dst + " is not: " +
                       (edge.no_tls_reason.empty() ? "no identity" : edge.no_tls_reason));
    }
  }
  if (edges.empty()) broken.emplace_back("nobody called anybody");
  return promise(
      "edges are secured", broken,
      "all " + count(edges.size()) + " edges by mutual TLS 1.3, both identities verified");
}

Promise only_injected_failures(const std::vector<DemoService>& services) {
  std::vector<std::string> broken;
  std::uint64_t injected = 0;
  for (const DemoService& service : services) {
    const SentTo& sent = service.generated;
    injected += sent.injected;
    if (sent.failed != sent.injected) {
      broken.push_back(service.name + ": " + count(sent.failed - sent.injected) +
                       " failures that nobody asked for" + causes_of(service));
    }
    if (sent.not_answered != 0) {
      broken.push_back(service.name + ": " + count(sent.not_answered) + " got no answer");
    }
    if (sent.not_connected != 0) {
      broken.push_back(service.name + ": " + count(sent.not_connected) + " found no connection");
    }
    if (sent.in_flight != 0) {
      broken.push_back(service.name + ": " + count(sent.in_flight) + " never ended");
    }
  }
  return promise("no failure but those on purpose", broken,
                 count(injected) + " failures, all of them injected");
}

// The proxies' verdicts are the applications': what failed there failed here.
Promise verdicts_equal(const std::vector<DemoService>& services) {
  std::vector<std::string> broken;
  std::uint64_t cancelled = 0;
  for (const DemoService& service : services) {
    const SentTo& sent = service.generated;
    cancelled += service.cancelled;
    if (service.failed != sent.failed ||
        service.succeeded + service.cancelled != sent.succeeded + sent.cancelled) {
      broken.push_back(service.name + ": applications saw " + count(sent.failed) + " of " +
                       count(sent.sent) + " fail, proxies " + count(service.failed) + " of " +
                       count(service.outbound));
    }
  }
  return promise("verdicts are equal", broken,
                 "the proxies took for failures what the applications did; " + count(cancelled) +
                     " cancelled requests are in a class of their own");
}

}  // namespace

std::vector<Promise> judge_promises(const std::vector<DemoService>& services,
                                    const std::vector<DemoEdge>& edges,
                                    const std::vector<std::string>& problems) {
  std::vector<Promise> out{counts_equal(services), edges_secured(edges),
                           only_injected_failures(services), verdicts_equal(services)};
  out.push_back(
      promise("everything ended in order", problems, "every program drained and said goodbye"));
  return out;
}

}  // namespace seine::cli
