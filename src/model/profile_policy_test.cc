// SPDX-License-Identifier: Apache-2.0
#include "model/profile_policy.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

using namespace std::chrono_literals;

constexpr char kName[] = "web.shop.svc.cluster.local";
constexpr Queue kQueue{.capacity = 7, .failfast = 1s};

WeightedDst to(std::string_view authority, std::uint32_t weight) {
  return {.authority = Authority::parse(authority).value(), .weight = weight, .backend = {}};
}

Profile profile_with(std::vector<WeightedDst> overrides) {
  Profile profile{.fully_qualified_name = kName};
  profile.routes = {ProfileRoute()};
  profile.dst_overrides = std::move(overrides);
  return profile;
}

Backend balancer(const std::string& path, const Queue& queue = {}) {
  return {.meta = Metadata::make_resource("", "Service", "shop", "web"),
          .kind = Backend::Balancer{path, {.default_rtt = 5ms}},
          .queue = queue};
}

ClientPolicy policy_of(const Backend& backend) {
  ClientPolicy policy = make_detect_policy(backend.meta, backend, 10s);
  std::get<ClientDetect>(policy.protocol).http1.accrual.kind =
      ConsecutiveFailures{.max_failures = 3, .backoff = {}};
  return policy;
}

// "path weight", of the only rule that all requests take.
template <class Http>
std::vector<std::string> backends_of(const Http& http) {
  std::vector<std::string> out;
  for (const auto& each : http.routes.at(0).rules.at(0).policy.distribution.backends) {
    out.push_back(std::get<Backend::Balancer>(each.backend.kind).path + " " +
                  std::to_string(each.weight));
  }
  return out;
}

TEST(ProfilePolicy, requests_go_to_the_overrides_by_weight) {
  const Profile profile = profile_with({to("a.shop:80", 1), to("b.shop:80", 0), to("c.shop", 3)});
  const ClientPolicy policy = override_policy(policy_of(balancer("other:80")), profile, 80, kQueue);
  const auto& detect = std::get<ClientDetect>(policy.protocol);
  const std::vector<std::string> wanted{"a.shop:80 1", "c.shop:80 3"};
  EXPECT_EQ(backends_of(detect.http1), wanted);
  EXPECT_EQ(backends_of(detect.http2), wanted);
  EXPECT_EQ(detect.opaque.route->policy.distribution.backends.size(), 2U);
  const Backend& first = detect.http1.routes[0].rules[0].policy.distribution.backends[0].backend;
  EXPECT_EQ(first.queue, kQueue);
  EXPECT_EQ(std::get<Backend::Balancer>(first.kind).load, PeakEwma());
}

TEST(ProfilePolicy, without_a_weight_requests_go_to_the_service_and_raw_bytes_as_before) {
  const Profile profile = profile_with({to("a.shop:80", 0)});
  const ClientPolicy before = policy_of(balancer("other:80"));
  const ClientPolicy policy = override_policy(before, profile, 80, kQueue);
  const auto& detect = std::get<ClientDetect>(policy.protocol);
  EXPECT_EQ(backends_of(detect.http1), std::vector<std::string>{std::string(kName) + ":80 1"});
  EXPECT_EQ(detect.opaque, std::get<ClientDetect>(before.protocol).opaque);
}

TEST(ProfilePolicy, keeps_accrual_timeout_and_parent_and_the_backend_that_both_know) {
  const Queue queue{.capacity = 33, .failfast = 9s};
  const Backend known = balancer(std::string(kName) + ":80", queue);
  const ClientPolicy before = policy_of(known);
  const ClientPolicy policy = override_policy(before, profile_with({}), 80, kQueue);
  const auto& detect = std::get<ClientDetect>(policy.protocol);
  EXPECT_EQ(detect.http1.accrual, std::get<ClientDetect>(before.protocol).http1.accrual);
  EXPECT_EQ(detect.timeout, 10s);
  EXPECT_EQ(policy.meta, before.meta);
  EXPECT_EQ(detect.http1.routes[0].rules[0].policy.distribution.backends[0].backend, known);
}

TEST(ProfilePolicy, has_one_route_by_the_name_of_the_default_one) {
  ClientPolicy before = policy_of(balancer("other:80"));
  auto& routes = std::get<ClientDetect>(before.protocol).http1.routes;
  routes[0].meta = Metadata::make_resource("gateway.networking.k8s.io", "HTTPRoute", "shop", "x");
  EXPECT_EQ(std::get<ClientDetect>(override_policy(before, profile_with({}), 80, kQueue).protocol)
                .http1.routes.at(0)
                .meta,
            Metadata::make_default("http"));
  routes.push_back(routes[0]);
  routes[1].meta = Metadata::make_default("of the controller");
  const ClientPolicy policy = override_policy(before, profile_with({}), 80, kQueue);
  const auto& after = std::get<ClientDetect>(policy.protocol).http1.routes;
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].meta.name, "of the controller");
  EXPECT_TRUE(after[0].hosts.empty());
  routes[1].meta = before.meta;
  EXPECT_EQ(std::get<ClientDetect>(override_policy(before, profile_with({}), 80, kQueue).protocol)
                .http1.routes.at(0)
                .meta,
            before.meta)
      << "as our own controller names it";
}

TEST(ProfilePolicy, grpc_becomes_http2_and_tls_stays) {
  ClientGrpc grpc;
  grpc.accrual.kind = ConsecutiveFailures{.max_failures = 3, .backoff = {}};
  ClientPolicy policy{.meta = {}, .protocol = grpc};
  const ClientPolicy overridden = override_policy(policy, profile_with({}), 80, kQueue);
  const auto& http2 = std::get<ClientHttp2>(overridden.protocol);
  EXPECT_EQ(http2.accrual, grpc.accrual);
  EXPECT_EQ(backends_of(http2).size(), 1U);
  policy.protocol = ClientTls();
  EXPECT_EQ(override_policy(policy, profile_with({}), 80, kQueue), policy);
}

TEST(ProfilePolicy, a_policy_of_nobody_gets_the_profiles_parent) {
  Profile profile = profile_with({});
  profile.parent = Metadata::make_resource("", "Service", "shop", "web");
  ClientPolicy before = policy_of(balancer("other:80"));
  before.meta = Metadata::make_default("fallback");
  EXPECT_EQ(override_policy(before, profile, 80, kQueue).meta, *profile.parent);
}

}  // namespace
}  // namespace seine::model
