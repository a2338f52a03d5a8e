// SPDX-License-Identifier: Apache-2.0
#include "control/registry/lease_registry.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "control/registry/registry_limits.h"
#include "control/registry/workload_token.h"
#include "runtime/combine.h"

namespace seine::control {
namespace {

std::string_view outcome_of(const auto& result) {
  return result ? std::string_view("ok") : error_name(result.error().code);
}

}  // namespace

Result<std::unique_ptr<LeaseRegistry>> LeaseRegistry::open(runtime::EventLoop& loop, const Log& log,
                                                           metrics::Registry& metrics,
                                                           const MeshNames& names,
                                                           RegistryScope scope,
                                                           RegistryDirectory directory) {
  auto kept = directory.load(scope, names, log);
  if (!kept) return fail(std::move(kept.error()));
  std::unique_ptr<LeaseRegistry> registry(
      new LeaseRegistry(loop, log, metrics, names, std::move(scope), std::move(directory)));
  if (*kept) {
    if ((*kept)->foreign > 0) {
      log_warn(log, "entries of the registry have addresses of other networks and were left out",
               {{"entries", std::to_string((*kept)->foreign)}});
    }
    registry->table_.restore(std::move((*kept)->state), registry->served(),
                             loop.clock().wall_now());
    log_info(log, "the registry goes on", {{"leases", std::to_string(registry->table_.size())}});
  }
  registry->publish();
  return registry;
}

LeaseRegistry::LeaseRegistry(runtime::EventLoop& loop, const Log& log, metrics::Registry& metrics,
                             const MeshNames& names, RegistryScope scope,
                             RegistryDirectory directory)
    : loop_(loop),
      log_(log),
      names_(names),
      metrics_(metrics),
      directory_(std::move(directory)),
      clock_(loop.now()),
      join_limiter_(kJoinLimit),
      table_(std::move(scope)),
      scope_(loop, [](Error) {}) {
  scope_.spawn(tick());
}

LeaseRegistry::~LeaseRegistry() {
  if (unwritten_) write();
}

Result<std::string> LeaseRegistry::create_join_token(JoinPermit permit, Duration life) {
  return join_tokens_.create(std::move(permit), std::min<Duration>(life, kLongestJoinTokenLife),
                             loop_.now());
}

Result<Joined> LeaseRegistry::join(std::string_view token, Announcement announcement,
                                   const std::optional<PodClaim>& claim, std::string started_by) {
  auto joined = admit(token, std::move(announcement), claim, std::move(started_by));
  metrics_.count_join(outcome_of(joined));
  if (!joined) return joined;
  publish();
  write();
  const Lease& lease = *table_.find(joined->lease);
  log_info(log_, "joined",
           {{"pod", lease.pod_key()}, {"lease", lease.id}, {"ip", joined->ips[0].to_string()}});
  return joined;
}

Result<Joined> LeaseRegistry::admit(std::string_view token, Announcement announcement,
                                    const std::optional<PodClaim>& claim, std::string started_by) {
  if (!join_limiter_.allow(IpAddress(), loop_.now())) {
    return fail(ErrorCode::kRateLimited, "too many processes join at once; try again in a second");
  }
  auto checked = check_announcement(std::move(announcement), names_);
  if (!checked) return fail(std::move(checked.error()));
  auto permitted = join_tokens_.check(token, checked->ns, checked->workload, loop_.now());
  if (!permitted) return fail(std::move(permitted.error()));
  auto joined =
      table_.join(*std::move(checked), claim, served(),
                  {.since = std::chrono::floor<std::chrono::seconds>(loop_.clock().wall_now()),
                   .started_by = std::move(started_by)});
  if (joined) join_tokens_.redeem(token);
  return joined;
}

Result<bool> LeaseRegistry::renew(std::string_view lease, std::string_view secret,
                                  const Renewal& renewal) {
  const auto changed = table_.renew(lease, secret, renewal, served());
  if (!changed) return fail(changed.error());
  if (*changed) publish();
  return token_due(lease);
}

bool LeaseRegistry::token_due(std::string_view lease) const {
  const auto ends = token_ends_.find(lease);
  if (ends == token_ends_.end()) return true;
  const Duration left = ends->second - loop_.clock().wall_now();
  // More than a whole life is left only where the clock was set back.
  return left < Duration(kTokenLife) / 2 || left > Duration(kTokenLife);
}

Result<LeaseRegistry::IssuedToken> LeaseRegistry::issue_token(std::string_view lease,
                                                              std::string_view secret) {
  const auto found = table_.find(lease, secret);
  if (!found) return fail(found.error());
  const Lease& holder = **found;
  const auto now = std::chrono::floor<std::chrono::seconds>(loop_.clock().wall_now());
  const TokenClaims claims{.cluster = scope().cluster,
                           .ns = holder.announced.ns,
                           .service_account = holder.announced.service_account,
                           .pod = holder.pod,
                           .lease = holder.id,
                           .issued = now,
                           .expires = now + kTokenLife};
  token_ends_[holder.id] = claims.expires;
  metrics_.tokens.add();
  return IssuedToken{sign_token(claims, directory_.token_key()), claims.expires};
}

Result<std::vector<IpAddress>> LeaseRegistry::leave(std::string_view lease, std::string_view secret,
                                                    bool gone) {
  const auto found = table_.find(lease, secret);
  if (!found) return fail(found.error());
  const std::string id = (*found)->id;
  const std::string pod = (*found)->pod_key();
  auto ips = table_.leave(lease, secret, gone, served());
  if (gone) token_ends_.erase(id);
  publish();
  write();
  log_info(log_, gone ? "is gone" : "leaves", {{"pod", pod}, {"lease", id}});
  return ips;
}

Result<Lease> LeaseRegistry::review(std::string_view token, const IpAddress& from) {
  auto lease = check_token(token, from);
  metrics_.count_review(outcome_of(lease));
  return lease;
}

Result<Lease> LeaseRegistry::check_token(std::string_view token, const IpAddress& from) const {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t end = token.find_last_not_of(kSpace);
  const auto claims = open_token(token.substr(0, end == std::string_view::npos ? 0 : end + 1),
                                 directory_.token_key());
  if (!claims) return fail(claims.error());
  auto timely = check_token_times(*claims, loop_.clock().wall_now());
  if (!timely) return fail(std::move(timely.error()));
  const Lease* lease = table_.find(claims->lease);
  if (lease == nullptr) {
    return fail(ErrorCode::kUnauthorized, "the token's lease is over, or not known here");
  }
  const Announcement& announced = lease->announced;
  if (claims->cluster != scope().cluster || claims->ns != announced.ns ||
      claims->service_account != announced.service_account || claims->pod != lease->pod) {
    return fail(ErrorCode::kUnauthorized, "the token is not of the pod that holds its lease");
  }
  const std::vector<IpAddress> own = scope().pods.at(lease->address);
  if (scope().pods.offset_of(from) && std::ranges::find(own, from) == own.end()) {
    return fail(ErrorCode::kUnauthorized,
                "the token is of pod " + lease->pod_key() + ", and was shown by another");
  }
  return *lease;
}

void LeaseRegistry::publish() {
  unwritten_ = true;
  metrics_.unwritten.set(1);
  auto snapshot = table_.snapshot();
  metrics_.leases.set(static_cast<std::int64_t>(table_.size()));
  metrics_.services.set(static_cast<std::int64_t>(snapshot->services().size()));
  current_ = std::move(snapshot);
  changes_.notify();
}

void LeaseRegistry::write() {
  const auto written = directory_.store(encode_registry(scope(), table_.state(served())));
  metrics_.writes.add();
  unwritten_ = !written;
  metrics_.unwritten.set(unwritten_ ? 1 : 0);
  if (written) {
    if (std::exchange(failing_, false)) log_info(log_, "the registry is written to disk again");
    return;
  }
  metrics_.persistence_errors.add();
  write_again_ = loop_.now() + kWriteRetry;
  if (std::exchange(failing_, true)) return;
  log_error(log_,
            "the registry goes on from memory and is written again every 5 s; make room for its "
            "file, since a restart would lose what joined since",
            {{"reason", written.error().to_string()}});
}

runtime::Task<void> LeaseRegistry::tick() {
  for (;;) {
    co_await runtime::sleep_for(loop_, LeaseClock::kTick);
    const LeaseTable::Passed passed = table_.pass(served());
    for (const Lease& lease : passed.expired) {
      metrics_.expirations.add();
      token_ends_.erase(lease.id);
      log_warn(log_, "a lease ended, since nobody renewed it",
               {{"pod", lease.pod_key()}, {"lease", lease.id}});
    }
    if (passed.changed) publish();
    if (unwritten_ && (!failing_ || loop_.now() >= write_again_)) write();
  }
}

}  // namespace seine::control
