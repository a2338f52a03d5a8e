// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/promises.h"

#include <string_view>

namespace seine::cli {
namespace {

// " (504 failfast 2)", as the proxies have it.
std::string causes_of(const std::map<std::string, std::uint64_t>& causes) {
  std::string out;
  for (const auto& [cause, times] : causes) {
    out += (out.empty() ? " (" : ", ") + cause + " " + std::to_string(times);
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

// Adds what was sent to `total`.
template <typename Service>
void compare_counts(const Service& service, std::string_view verb, std::uint64_t& total,
                    std::vector<std::string>& broken) {
  const std::uint64_t sent = service.generated.sent;
  total += sent;
  if (sent == 0) broken.push_back(service.name + " was asked for nothing");
  if (sent != service.outbound || sent != service.inbound) {
    broken.push_back(service.name + ": " + count(sent) + " " + std::string(verb) + ", " +
                     count(service.outbound) + " counted by the callers' proxies, " +
                     count(service.inbound) + " by its own");
  }
}

Promise counts_equal(const std::vector<DemoService>& services,
                     const std::vector<DemoTcpService>& tcp_services) {
  std::vector<std::string> broken;
  std::uint64_t requests = 0, connections = 0;
  for (const auto& service : services) compare_counts(service, "sent", requests, broken);
  for (const auto& service : tcp_services) {
    compare_counts(service, "connections opened", connections, broken);
  }
  if (services.empty()) broken.emplace_back("there is no service");
  return promise("counts are equal", broken,
                 "all " + count(requests) + " requests that applications sent" +
                     (connections == 0
                          ? std::string()
                          : ", and all " + count(connections) + " connections without requests,") +
                     " were counted once by the proxy at either end");
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

// Adds those on purpose to `injected`.
template <typename Service>
void find_failures(const Service& service, std::uint64_t& injected,
                   std::vector<std::string>& broken) {
  const SentTo& sent = service.generated;
  injected += sent.injected;
  const std::string causes = causes_of(service.causes);
  if (sent.failed != sent.injected) {
    broken.push_back(service.name + ": " + count(sent.failed - sent.injected) +
                     " failures that nobody asked for" + causes);
  }
  if (sent.not_answered != 0) {
    broken.push_back(service.name + ": " + count(sent.not_answered) + " got no answer" + causes);
  }
  if (sent.not_connected != 0) {
    broken.push_back(service.name + ": " + count(sent.not_connected) + " found no connection");
  }
  if (sent.in_flight != 0) {
    broken.push_back(service.name + ": " + count(sent.in_flight) + " never ended");
  }
}

Promise only_injected_failures(const std::vector<DemoService>& services,
                               const std::vector<DemoTcpService>& tcp_services) {
  std::vector<std::string> broken;
  std::uint64_t injected = 0;
  for (const auto& service : services) find_failures(service, injected, broken);
  for (const auto& service : tcp_services) find_failures(service, injected, broken);
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
                                    const std::vector<DemoTcpService>& tcp_services,
                                    const std::vector<DemoEdge>& edges,
                                    const std::vector<std::string>& problems) {
  std::vector<Promise> out{counts_equal(services, tcp_services), edges_secured(edges),
                           only_injected_failures(services, tcp_services),
                           verdicts_equal(services)};
  out.push_back(
      promise("everything ended in order", problems, "every program drained and said goodbye"));
  return out;
}

}  // namespace seine::cli
