// SPDX-License-Identifier: Apache-2.0
// The HTTP service of one outbound client connection: route, backend, send, answer.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "http/message.h"
#include "proxy/outbound/backends.h"
#include "proxy/outbound/outbound_rows.h"
#include "proxy/outbound/profile_use.h"
#include "proxy/outbound/targets.h"
#include "proxy/outbound/try_policy.h"
#include "proxy/request_record.h"
#include "proxy/trace/tracer.h"

namespace seine::proxy {

class OutboundHttp final : public http::Service {
 public:
  // `name`: of a service that is looked up by name; empty where it is by address. Requests wait
  // for the first value of `lease`. All references outlive the connection.
  OutboundHttp(WorkerContext& context, Backends& backends, OutboundTargets::Lease& lease,
               SocketAddr orig_dst, SocketAddr client, std::string_view name = {})
      : context_(context),
        backends_(backends),
        lease_(lease),
        orig_dst_(orig_dst),
        client_(client),
        name_(name),
        rows_(context, orig_dst),
        profiles_(context) {}

  // Never an Error: what fails is answered (see respond.h).
  runtime::Task<Result<http::Response>> call(http::Request request) override;
  // The answer to a request that goes nowhere; counts it.
  http::Response refuse(const http::RequestHead& head, const Error& error);

 private:
  runtime::Task<Result<http::Response>> forward(http::Request&& request, RequestRecord& record,
                                                OpenSpan* span);
  Traced trace(http::RequestHead& head);
  using ClientBackend = model::RouteBackend<model::Filter>;
  // Where a request goes, and what telemetry says of that.
  struct Way {
    const model::Metadata* route = nullptr;  // of target_, as all pointers
    const model::PathMatch* path = nullptr;  // by which the rule was taken
    const model::ClientRulePolicy* rule = nullptr;
    const model::FailureAccrual* accrual = nullptr;
    bool is_grpc_route = false;
    bool is_answered = false;  // by a filter: it goes to the client as it is
    const ClientBackend* backend = nullptr;
    std::shared_ptr<Balancer> balancer;
    std::shared_ptr<const ProfileUse> profile;  // null: none overrides the policy
  };
  // The answer, where a filter has us give it.
  std::optional<http::Response> filter(std::span<const model::Filter> filters, Way& way,
                                       http::RequestHead& head, RequestRecord& record);
  std::optional<http::Response> filter_for_backend(Way& way, http::RequestHead& head,
                                                   RequestRecord& record);
  Error no_backend() const;
  // What the requests go to, for errors.
  std::string name() const { return name_.empty() ? orig_dst_.to_string() : std::string(name_); }
  // One try, which a profile's route counts.
  runtime::Task<Result<http::Response>> send_once(http::Request&& request, const Way& way,
                                                  SendTerms terms);
  // Sends it after the backend's filters, within the time and as often as the policy says, each
  // time to a backend drawn anew.
  runtime::Task<Result<http::Response>> send_in_tries(TryPolicy policy, http::Request&& request,
                                                      const OutboundTarget& target, Way& way,
                                                      RequestRecord& record, Tried* tried,
                                                      const TapOrigin* origin);
  std::unique_ptr<const TapOrigin> tap_origin(const Way& way) const;
  Result<void> find_way(const http::RequestHead& head, Way& way);
  // Draws the way's backend, and finds its balancer; none of both where the rule has no backend, or
  // it always fails. `target` has the rule. Error kLoadShed where none of several is available.
  Result<void> choose(const OutboundTarget& target, Way& way);
  std::shared_ptr<Balancer> balancer_of(const OutboundTarget& target, const model::Backend& backend,
                                        const model::FailureAccrual& accrual);
  void count_error(const Error& error);
  // Counts and logs it.
  void note_failure(const Error& error);
  http::Response answer(const Error& error, http::Version version, bool grpc,
                        RequestRecord& record);
  bool is_to_service() const;
  void record_in(RequestRecord& record, const OutboundTarget* target, const Way& way,
                 const Tried& tried, std::string_view authority);

  WorkerContext& context_;
  Backends& backends_;
  OutboundTargets::Lease& lease_;
  const SocketAddr orig_dst_;
  const SocketAddr client_;
  const std::string_view name_;
  // The policy as the last request found it, and the balancers of its backends that were asked for.
  std::shared_ptr<const OutboundTarget> target_;
  struct Known {
    const model::Backend* backend;
    std::shared_ptr<Balancer> balancer;
  };
  std::vector<Known> known_;
  OutboundRows rows_;
  ProfileUses profiles_;
};

}  // namespace seine::proxy
