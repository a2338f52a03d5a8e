// SPDX-License-Identifier: Apache-2.0
#include "dns/resolver.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/file.h"
#include "dns/exchange.h"
#include "runtime/combine.h"

namespace seine::dns {
namespace {

using runtime::Task;

std::string read_or_empty(const std::string& path) {
  return read_file(path, kMaxSystemFileBytes).value_or(std::string());
}

std::vector<SocketAddr> with_port(const std::vector<IpAddress>& ips, std::uint16_t port) {
  std::vector<SocketAddr> addrs;
  addrs.reserve(ips.size());
  for (const IpAddress& ip : ips) addrs.push_back({ip, port});
  return addrs;
}

std::optional<Duration> least(std::optional<Duration> a, std::optional<Duration> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

ResolverConfig ResolverConfig::from_system() {
  ResolvConf system = parse_resolv_conf(read_or_empty("/etc/resolv.conf"));
  if (system.servers.empty()) system.servers.push_back({IpAddress::v4(0x7f000001), 53});
  return {.system = std::move(system), .hosts = Hosts::parse(read_or_empty("/etc/hosts"))};
}

Duration Resolver::clamp(const std::optional<Duration>& ttl) const {
  const Duration wanted = ttl.value_or(config_.negative_ttl);
  return std::max(config_.min_ttl, std::min(wanted, config_.max_ttl));
}

// As resolv.conf(5) has it: a name of fewer dots than ndots is tried below the search domains
// first, a name with a final dot only as it stands.
std::vector<Name> Resolver::candidates(const std::string& host, const Name& name) const {
  if (host.ends_with('.')) return {name};
  std::vector<Name> out;
  for (const Name& suffix : config_.system.search) {
    auto longer = name.with_suffix(suffix);
    if (longer) out.push_back(std::move(*longer));
  }
  const int dots = static_cast<int>(name.label_count()) - 1;
  out.insert(dots >= config_.system.ndots ? out.begin() : out.end(), name);
  return out;
}

Task<Result<Resolution>> Resolver::resolve(std::string host, std::uint16_t port) {
  if (const auto ip = IpAddress::parse(host)) {
    co_return Resolution{{{*ip, port}}, config_.max_ttl};
  }
  const auto name = Name::from_text(host);
  if (!name) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "\"" + host + "\" is no host name: " + name.error().message);
  }
  if (const std::vector<IpAddress>* known = config_.hosts.find(*name)) {
    co_return Resolution{with_port(*known, port), config_.max_ttl};
  }
  std::optional<Duration> negative;
  for (const Name& candidate : candidates(host, *name)) {
    auto set = co_await resolve_name(candidate, port);
    if (!set) co_return fail(std::move(set.error()));
    Resolution found{{}, clamp(set->ttl)};
    for (const SrvTarget& target : set->targets) found.addrs.push_back(target.addr);
    if (!found.addrs.empty()) co_return found;
    negative = least(negative, set->ttl);
  }
  co_return Resolution{{}, clamp(negative)};
}

// SRV, else A and AAAA made into targets with `port`. A server that does not know SRV is no reason
// not to ask it for addresses.
Task<Result<AnswerSet>> Resolver::resolve_name(const Name& name, std::uint16_t port) {
  auto srv = co_await ask({name, Type::kSrv, Class::kIn});
  if (srv && !srv->targets.empty()) co_return srv;
  auto [v4, v6] = co_await runtime::all(ask({name, Type::kA, Class::kIn}),
                                        ask({name, Type::kAaaa, Class::kIn}));
  if (!v4 && !v6) co_return fail(std::move(v4.error()));
  AnswerSet out;
  const auto take = [&out, port](const Result<AnswerSet>& set) {
    if (!set || set->addresses.empty()) return;
    out.ttl = least(out.ttl, set->ttl);
    for (const IpAddress& ip : set->addresses) out.targets.push_back({{ip, port}, 0});
  };
  take(v4);
  take(v6);
  if (out.targets.empty()) {
    // Half an answer is no firm "no".
    if (!v4) co_return fail(std::move(v4.error()));
    if (!v6) co_return fail(std::move(v6.error()));
    out.ttl = least(v4->ttl, v6->ttl);
  }
  co_return out;
}

Task<Result<AnswerSet>> Resolver::ask(Question question) {
  Error last = make_error(ErrorCode::kUnavailable, "no DNS server is configured");
  for (int attempt = 0; attempt < config_.system.attempts; ++attempt) {
    for (const SocketAddr& server : config_.system.servers) {
      auto set = co_await ask_server(question, server);
      if (set) co_return set;
      last = std::move(set.error()).with_context("DNS server " + server.to_string());
    }
  }
  last.code = ErrorCode::kUnavailable;
  co_return fail(std::move(last));
}

Task<Result<AnswerSet>> Resolver::ask_server(const Question& question, SocketAddr server) {
  Message query = make_query(random_id(), question.name, question.type);
  const Duration limit = config_.system.timeout;
  auto reply = co_await runtime::with_deadline(loop_, limit, ErrorCode::kTimeout, "no DNS answer",
                                               exchange_udp(loop_, query, server));
  // A server from before EDNS0 (RFC 6891 7).
  if (reply &&
      (reply->message.rcode == Rcode::kFormErr || reply->message.rcode == Rcode::kNotImp)) {
    query.id = random_id();
    query.edns.reset();
    reply = co_await runtime::with_deadline(loop_, limit, ErrorCode::kTimeout, "no DNS answer",
                                            exchange_udp(loop_, query, server));
  }
  if (reply && reply->message.truncated) {
    query.id = random_id();
    reply =
        co_await runtime::with_deadline(loop_, limit, ErrorCode::kTimeout, "no DNS answer by TCP",
                                        exchange_tcp(loop_, query, server));
  }
  if (!reply) co_return fail(std::move(reply.error()));
  co_return read_answer(question, reply->message);
}

}  // namespace seine::dns
