// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/hub_dns.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::cli {

namespace wire = seine::registry::v1;
using runtime::Task;

namespace {

constexpr char kWatch[] = "/seine.registry.v1.Names/Watch";

// What an operator may have to do something about; not answers that were too long for UDP, nor
// connections that were left open.
using Losses = std::array<std::pair<std::string_view, std::uint64_t>, 6>;

Losses losses(const dns::ServerCounters& counters) {
  return {{{"too_long", counters.oversized},
           {"refused_connections", counters.connections_refused},
           {"refused_forwards", counters.forwards_refused},
           {"failed_forwards", counters.forwards_failed},
           {"unsent", counters.unsent},
           {"unreceived", counters.receive_errors}}};
}

}  // namespace

Result<std::unique_ptr<HubDns>> HubDns::open(runtime::EventLoop& loop, const Log& log,
                                             HubDnsOptions options) {
  const SocketAddr at = options.at;
  const bool forwards = !options.forward.empty();
  std::unique_ptr<HubDns> dns(new HubDns(loop, log, std::move(options)));
  auto server = dns::Server::listen({.loop = loop,
                                     .clients = *dns,
                                     .counters = dns->counters_,
                                     .forwarder = forwards ? &dns->forwarder_ : nullptr},
                                    at, nullptr, {});
  if (!server) return fail(std::move(server.error()));
  dns->server_ = *std::move(server);
  dns->scope_.spawn(dns->follow());
  dns->scope_.spawn(dns->tell_limits());
  return dns;
}

HubDns::HubDns(runtime::EventLoop& loop, const Log& log, HubDnsOptions options)
    : loop_(loop),
      log_(log),
      registry_socket_(std::move(options.registry_socket)),
      spec_{.cluster_domain = {},
            .serial = 0,
            .reverse_ranges = std::move(options.reverse_ranges),
            .host = options.host,
            .services = {}},
      forwarder_(loop, {.servers = std::move(options.forward)}),
      scope_(loop, [](Error) {}) {}

std::string HubDns::namespace_of(const IpAddress& client) const {
  const auto found = namespaces_.find(client);
  return found == namespaces_.end() ? "" : found->second;
}

Task<void> HubDns::follow() {
  Duration pause = kFirstPause;
  for (;;) {
    const bool heard = co_await listen_to_controller();
    if (heard) pause = kFirstPause;
    co_await runtime::sleep_for(loop_, pause);
    pause = std::min<Duration>(pause * 2, kLongestPause);
  }
}

Task<bool> HubDns::listen_to_controller() {
  auto socket = co_await runtime::connect_unix(loop_, registry_socket_);
  // That there is no controller, who supervises it says.
  if (!socket) co_return false;
  http::Http2Client client(loop_, *std::move(socket), http::Http2Options{});
  const grpc::Channel channel(loop_, client, "registry");
  auto stream = channel.stream<wire::MeshNames>(kWatch, wire::WatchNamesRequest(),
                                                {.max_message = kMaxMessage});
  for (bool heard = false;; heard = true) {
    const auto names = co_await stream.next();
    // A connection that breaks is the controller's end, as above.
    if (!names && grpc::status_code(names.error()) != grpc::StatusCode::kUnavailable) {
      complain(names.error());
    }
    if (!names || !*names) co_return heard;
    take(**names);
  }
}

void HubDns::take(const wire::MeshNames& message) {
  auto names = decode_names(message);
  if (!names) return complain(names.error());
  spec_.cluster_domain = std::move(names->cluster_domain);
  spec_.services = std::move(names->services);
  ++spec_.serial;
  auto zone = dns::Zone::make(spec_);
  if (!zone) return complain(zone.error());
  problem_.clear();
  const dns::Zone::LeftOut& left_out = (*zone)->left_out();
  if (left_out.count > 0 && left_out.first != left_out_) {
    log_warn(log_, "DNS leaves out what cannot be a name",
             {{"count", std::to_string(left_out.count)}, {"first", left_out.first}});
  }
  left_out_ = left_out.first;
  namespaces_ = std::move(names->namespaces);
  server_->publish(*std::move(zone));
}

void HubDns::complain(const Error& error) {
  if (std::exchange(problem_, error.to_string()) == error.to_string()) return;
  log_warn(log_, "the controller does not tell the mesh's names; DNS tells what it knew",
           {{"reason", problem_}});
}

Task<void> HubDns::tell_limits() {
  Losses told = losses(counters_);
  for (;;) {
    co_await runtime::sleep_for(loop_, kTellEvery);
    const Losses now = losses(counters_);
    for (std::size_t i = 0; i < now.size(); ++i) {
      const auto& [what, count] = now[i];
      if (count == told[i].second) continue;
      log_warn(log_, "DNS lost queries or answers in the last minute",
               {{"what", std::string(what)}, {"count", std::to_string(count - told[i].second)}});
    }
    told = now;
  }
}

}  // namespace seine::cli
