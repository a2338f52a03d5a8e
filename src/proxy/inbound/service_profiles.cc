// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/service_profiles.h"

#include <algorithm>
#include <utility>

#include "proxy/routing.h"
#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

Task<Result<void>> first_answer(runtime::EventLoop& loop, ProfileCache::Lease& lease) {
  co_await ProfileCache::first(loop, lease);
  co_return Result<void>();
}

// "name:port", as the label `dst` has it.
std::string dst_of(const model::Profile& profile, const model::Authority& name) {
  return model::Authority{.host = profile.fully_qualified_name, .port = name.port}.to_string();
}

}  // namespace

bool is_under(std::string_view host, const std::vector<std::string>& suffixes) {
  return std::ranges::any_of(suffixes, [&](std::string_view suffix) {
    if (suffix == ".") return true;
    if (suffix.ends_with('.')) suffix.remove_suffix(1);
    if (!host.ends_with(suffix)) return false;
    return host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.';
  });
}

std::shared_ptr<ServiceProfiles::Entry> ServiceProfiles::find(const model::Authority& name) {
  if (!is_under(name.host, context_.config.profile_suffixes)) return nullptr;
  const std::string key = name.to_string();
  if (const auto found = entries_.find(key); found != entries_.end()) {
    if (auto entry = found->second.lock()) return entry;
  }
  std::erase_if(entries_, [](const auto& item) { return item.second.expired(); });
  // Those that nobody uses any more are kept for a while, too.
  if (!cache_.contains(key) && cache_.size() >= kMaxInboundProfiles) {
    context_.telemetry.profile_refusals.get(context_.core, OneLabel{"reason", "limit"}).add();
    return nullptr;
  }
  auto entry = std::make_shared<Entry>(
      Entry{.lease = cache_.lease(key),
            .patient_until = context_.loop.now() + context_.config.profile_initial_timeout});
  entries_.insert_or_assign(key, entry);
  return entry;
}

Task<void> ServiceProfiles::wait(std::shared_ptr<Entry> entry) {
  const Duration left = entry->patient_until - context_.loop.now();
  if (entry->lease.value() != nullptr || left <= Duration::zero()) co_return;
  if (unanswered_ != nullptr && unanswered_->lease.value() == nullptr) co_return;
  const Result<void> answered =
      co_await runtime::with_deadline(context_.loop, left, ErrorCode::kTimeout, "profile",
                                      first_answer(context_.loop, entry->lease));
  if (answered) co_return;
  log_debug(context_.log, "a profile is late; its requests go on without");
  unanswered_ = std::move(entry);
}

bool ProfileRoutes::wants(const http::RequestHead& head) {
  const std::optional<model::Authority>& name = last_.of(head);
  if (name != name_) {
    entry_ = name ? profiles_.find(*name) : nullptr;
    name_ = name;
    profile_.reset();
    known_.clear();
  }
  if (entry_ == nullptr) return false;
  const std::shared_ptr<const model::Profile>& profile = entry_->lease.value();
  return profile == nullptr || !(profile->fully_qualified_name.empty() || profile->routes.empty());
}

ProfileRoutes::Use ProfileRoutes::match(const http::RequestHead& head) {
  if (entry_->lease.value() != profile_) {
    profile_ = entry_->lease.value();
    known_.clear();
  }
  if (profile_ == nullptr || profile_->fully_qualified_name.empty()) return {};
  const model::ProfileRoute* route = profile_->find(head.method, path_of(head));
  if (route == nullptr) return {};
  const auto known = std::ranges::find(known_, route, &Known::route);
  if (known != known_.end()) return {known->series, profile_, route};
  RequestLabels labels{ProfileRouteLabels{
      .direction = Direction::kInbound, .dst = dst_of(*profile_, *name_), .route = route->labels}};
  auto series = std::make_shared<HttpSeries>(context_.telemetry.profile_routes, context_.core,
                                             std::move(labels));
  known_.push_back({route, series});
  return {std::move(series), profile_, route};
}

Task<ProfileRoutes::Use> ProfileRoutes::find(const http::RequestHead& head) {
  if (!wants(head)) co_return Use();
  // Another request of the connection may name another service while this one waits.
  const std::shared_ptr<ServiceProfiles::Entry> entry = entry_;
  co_await profiles_.wait(entry);
  if (!wants(head)) co_return Use();
  co_return match(head);
}

}  // namespace seine::proxy
