// SPDX-License-Identifier: Apache-2.0
// Profiles of the services that inbound requests name, for the labels of their routes; a request
// never goes elsewhere for one. Looked up for names under DESTINATION_PROFILE_SUFFIXES alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "model/authority.h"
#include "model/profile.h"
#include "proxy/discovery/watch.h"
#include "proxy/http_metrics.h"
#include "proxy/inbound/logical_name.h"
#include "proxy/worker_context.h"

namespace seine::proxy {

// By "name:port". A profile without a name stands for none.
using ProfileCache = WatchCache<std::string, model::Profile>;

// Names that are looked up at once, on one loop: clients choose them. Others have no profile.
inline constexpr std::size_t kMaxInboundProfiles = 1'000;

// Whether `host`, in lower case, is one of `suffixes` or below it; "." is above all.
bool is_under(std::string_view host, const std::vector<std::string>& suffixes);

// Of one loop.
class ServiceProfiles {
 public:
  // A name that somebody on this loop uses.
  struct Entry {
    ProfileCache::Lease lease;
    TimePoint patient_until;  // when requests cease to wait for the first answer
  };

  ServiceProfiles(WorkerContext& context, ProfileCache& cache) : context_(context), cache_(cache) {}

  // Null for a name that is not to be looked up.
  std::shared_ptr<Entry> find(const model::Authority& name);
  // After the first answer, or DESTINATION_PROFILE_INITIAL_TIMEOUT after the name was first used.
  // At once while a name that was waited for in vain is unanswered, whatever name this is: a
  // control plane that is away costs a loop this time once.
  runtime::Task<void> wait(std::shared_ptr<Entry> entry);

 private:
  WorkerContext& context_;
  ProfileCache& cache_;
  std::map<std::string, std::weak_ptr<Entry>> entries_;
  std::shared_ptr<Entry> unanswered_;  // the name whose wait was in vain
};

// The profile's routes of one connection's requests.
class ProfileRoutes {
 public:
  // Both outlive it.
  ProfileRoutes(WorkerContext& context, ServiceProfiles& profiles)
      : context_(context), profiles_(profiles) {}

  // What a request's route adds to its metrics; both empty without one.
  struct Use {
    std::shared_ptr<HttpSeries> series;
    // Holds the route.
    std::shared_ptr<const model::Profile> profile;
    const model::ProfileRoute* route = nullptr;

    // By the route's response classes, if one of them matches.
    std::optional<bool> success(std::uint16_t status) const {
      return model::success_by_route(route, status);
    }
  };
  runtime::Task<Use> find(const http::RequestHead& head);
  // Whether find() could give anything but nothing.
  bool wants(const http::RequestHead& head);

 private:
  struct Known {
    const model::ProfileRoute* route;
    std::shared_ptr<HttpSeries> series;
  };
  Use match(const http::RequestHead& head);

  WorkerContext& context_;
  ServiceProfiles& profiles_;
  LastLogicalName last_;
  // What the last request named.
  std::optional<model::Authority> name_;
  std::shared_ptr<ServiceProfiles::Entry> entry_;
  std::shared_ptr<const model::Profile> profile_;
  std::vector<Known> known_;  // of profile_
};

}  // namespace seine::proxy
