// SPDX-License-Identifier: Apache-2.0
#include "cli/check/mesh_dns.h"

#include <utility>

#include "cli/check/inside_hub.h"
#include "dns/resolver.h"

namespace seine::cli {
namespace {

runtime::Task<Result<void>> ask(runtime::EventLoop& loop, DnsQuestion& question) {
  dns::ResolverConfig config;
  config.system.servers = {question.server};
  config.system.timeout = std::chrono::seconds(1);
  config.system.attempts = 2;
  dns::Resolver resolver(loop, std::move(config));
  auto name = dns::Name::from_text(question.name);
  if (!name) co_return fail(std::move(name.error()));
  const auto answer = co_await resolver.ask({.name = *std::move(name), .type = dns::Type::kA});
  if (!answer) co_return fail(answer.error());
  if (question.expected.empty()) co_return Result<void>();
  for (const IpAddress& ip : answer->addresses) {
    if (ip.to_string() == question.expected) co_return Result<void>();
  }
  co_return fail(ErrorCode::kUnavailable,
                 question.name + " is not answered with its address " + question.expected);
}

}  // namespace

Result<void> ask_mesh_dns(const netns::NetworkNamespace& hub, const Clock& clock,
                          DnsQuestion& question) {
  return run_inside(hub, clock, &ask, question);
}

}  // namespace seine::cli
