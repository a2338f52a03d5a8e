// SPDX-License-Identifier: Apache-2.0
// The mesh that the standalone registry of seine-controller makes of whoever joins.
#include <gtest/gtest.h>
#include <signal.h>

#include <optional>

#include "grpc/status.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "registry_fixture.h"
#include "seine/registry/v1/names.pb.h"

namespace seine::integration {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace inbound = io::linkerd::proxy::inbound;

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr char kPayments[] = "payments.shop.svc.cluster.local:8082";

TEST_F(RegistryTest, makes_a_process_a_pod_with_a_certificate_and_publishes_it_while_it_listens) {
  start();
  const wire::JoinResponse web = join("web");
  EXPECT_EQ(web.cluster(), "local");
  EXPECT_EQ(web.identity(), "web.shop.serviceaccount.identity.linkerd.cluster.local");
  EXPECT_EQ(web.pod().ips(0), "100.96.0.2");
  EXPECT_EQ(web.mesh().identity().addr(), std::string(kOwnAddress) + ":8080");
  EXPECT_EQ(web.mesh().identity().name(), kIdentityServer);
  EXPECT_EQ(web.mesh().policy().name(), kDestinationServer);
  EXPECT_EQ(web.mesh().hub_ips(0), "100.96.0.1");
  EXPECT_EQ(web.mesh().default_inbound_policy(), "all-authenticated");
  EXPECT_EQ(crypto::TrustAnchors::from_pem(web.mesh().trust_anchors_pem()).value(), anchors());

  const wire::JoinResponse payments = join();
  const Connection proxy = connect_proxy(web);
  auto updates = proxy.channel->stream<destination::Update>(kGet, get(kPayments, web.context()));
  const auto first = next(updates);
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_TRUE(first->no_endpoints().exists()) << "nobody listens yet";
  ASSERT_TRUE(renew(payments, /*listening=*/false)->known());
  ASSERT_TRUE(renew(payments)->known());
  const auto second = next(updates);
  ASSERT_TRUE(second) << second.error().to_string();
  ASSERT_EQ(second->add().addrs_size(), 1);
  EXPECT_EQ(second->add().addrs(0).tls_identity().dns_like_identity().name(), payments.identity());
  EXPECT_EQ(second->add().addrs(0).addr().port(), 8082u);
}

TEST_F(RegistryTest, answers_a_goodbye_once_every_caller_has_been_told) {
  start();
  const wire::JoinResponse web = join("web");
  const wire::JoinResponse payments = join();
  const wire::JoinResponse other = join();
  ASSERT_TRUE(renew(payments));
  ASSERT_TRUE(renew(other));
  const Connection proxy = connect_proxy(web);
  auto updates = proxy.channel->stream<destination::Update>(kGet, get(kPayments, web.context()));
  EXPECT_EQ(next(updates)->add().addrs_size(), 2);
  wire::LeaveRequest request;
  request.set_lease(payments.lease());
  request.set_secret(payments.secret());
  const auto begun = steady_clock::now();
  const auto left = call<wire::LeaveResponse>("Leave", request);
  ASSERT_TRUE(left) << left.error().to_string();
  EXPECT_EQ(left->not_told(), 0u);
  EXPECT_LT(steady_clock::now() - begun, seconds(4)) << "it did not wait until its limit";
  const auto update = next(updates);
  ASSERT_TRUE(update) << update.error().to_string();
  EXPECT_EQ(update->remove().addrs_size(), 1);
  EXPECT_TRUE(renew(payments)->known()) << "it drains";
  request.set_gone(true);
  ASSERT_TRUE(call<wire::LeaveResponse>("Leave", request));
  EXPECT_FALSE(renew(payments)->known());
  EXPECT_TRUE(call<wire::LeaveResponse>("Leave", request)) << "a second goodbye is no error";
}

TEST_F(RegistryTest, lets_nobody_speak_for_the_lease_of_another) {
  start();
  const wire::JoinResponse web = join("web");
  wire::JoinResponse thief = join("thief");
  thief.set_lease(web.lease());
  wire::LeaveRequest request;
  request.set_lease(web.lease());
  request.set_secret(thief.secret());
  for (const auto& status :
       {grpc::status_code(renew(thief).error()), grpc::status_code(issue_token(thief).error()),
        grpc::status_code(call<wire::LeaveResponse>("Leave", request).error())}) {
    EXPECT_EQ(status, grpc::StatusCode::kPermissionDenied);
  }
  EXPECT_TRUE(renew(web)->known());
}

TEST_F(RegistryTest, refuses_a_join_token_the_second_time) {
  start();
  const std::string token = join_token();
  ASSERT_TRUE(call<wire::JoinResponse>("Join", join_request("web", token)));
  const auto again = call<wire::JoinResponse>("Join", join_request("web", token));
  ASSERT_FALSE(again);
  EXPECT_EQ(grpc::status_code(again.error()), grpc::StatusCode::kPermissionDenied);
  EXPECT_NE(again.error().message.find("used already"), std::string::npos);
  EXPECT_EQ(controller_->log().find(token), std::string::npos);
}

TEST_F(RegistryTest, lets_in_one_of_two_who_race_for_a_token) {
  start();
  const Connection second = connect_unix(directory() + "/registry.sock").value();
  for (int i = 0; i < 20; ++i) {
    const wire::JoinRequest request = join_request("web", join_token());
    const std::string path = std::string(kRegistryService) + "Join";
    std::optional<Result<wire::JoinResponse>> one;
    std::optional<Result<wire::JoinResponse>> other;
    runtime::TaskScope scope(loop_, [](Error) {});
    scope.spawn(store(registry_->channel->unary<wire::JoinResponse>(path, request), one));
    scope.spawn(store(second.channel->unary<wire::JoinResponse>(path, request), other));
    while (!one || !other) loop_.run_turn(/*may_block=*/true);
    EXPECT_NE(one->has_value(), other->has_value());
  }
}

TEST_F(RegistryTest, goes_on_with_its_leases_after_it_was_killed) {
  start();
  const wire::JoinResponse web = join("web");
  const wire::JoinResponse payments = join();
  ASSERT_TRUE(renew(payments));
  const std::string token = issue_token(web)->token();
  await_metric("seine_registry_unwritten 0");
  controller_->signal(SIGKILL);
  controller_->wait();
  start();
  EXPECT_TRUE(certify(web.identity(), token)) << "tokens hold on, as their leases do";
  const Connection proxy = connect_proxy(web);
  auto updates = proxy.channel->stream<destination::Update>(kGet, get(kPayments, web.context()));
  EXPECT_EQ(next(updates)->add().addrs_size(), 1) << "published as before, at once";
  EXPECT_TRUE(renew(web)->known());
  EXPECT_TRUE(renew(payments)->known());
  EXPECT_EQ(join("late").pod().ips(0), "100.96.0.4") << "and nobody's address is given away";
}

TEST_F(RegistryTest, ends_leases_that_nobody_renews_and_takes_none_of_their_tokens) {
  start();
  const wire::JoinResponse web = join("web");
  const std::string token = issue_token(web)->token();
  ASSERT_TRUE(certify(web.identity(), token));
  await_metric("seine_registry_lease_expirations_total 1");
  const auto refused = certify(web.identity(), token);
  ASSERT_FALSE(refused);
  EXPECT_EQ(grpc::status_code(refused.error()), grpc::StatusCode::kPermissionDenied);
  EXPECT_EQ(grpc::status_code(issue_token(web).error()), grpc::StatusCode::kNotFound);
  EXPECT_FALSE(renew(web)->known());
  EXPECT_EQ(controller_->log().find(token), std::string::npos);
}

TEST_F(RegistryTest, certifies_a_token_for_its_own_identity_alone) {
  start();
  const wire::JoinResponse web = join("web");
  const wire::JoinResponse payments = join();
  const auto refused = certify(payments.identity(), issue_token(web)->token());
  ASSERT_FALSE(refused);
  EXPECT_EQ(grpc::status_code(refused.error()), grpc::StatusCode::kPermissionDenied);
}

TEST_F(RegistryTest, permits_members_of_the_mesh_and_the_relay_on_published_ports) {
  start();
  wire::JoinRequest request = join_request("web", join_token());
  request.add_published(8082);
  const auto web = call<wire::JoinResponse>("Join", request);
  ASSERT_TRUE(web) << web.error().to_string();
  const Connection proxy = connect_proxy(*web, 8090);
  for (const std::uint32_t number : {8082u, 9999u}) {
    inbound::PortSpec port;
    port.set_workload(web->context());
    port.set_port(number);
    auto servers = proxy.channel->stream<inbound::Server>(kWatchPort, port);
    const auto server = next(servers);
    ASSERT_TRUE(server) << server.error().to_string();
    ASSERT_EQ(server->authorizations_size(), number == 8082 ? 2 : 1);
    EXPECT_TRUE(server->authorizations(0).authentication().has_meshtls());
    if (number != 8082) continue;
    const inbound::Authz& relay = server->authorizations(1);
    EXPECT_TRUE(relay.authentication().has_unauthenticated());
    EXPECT_EQ(relay.networks(0).net().ip().ipv4(), 0x64600001u);
    EXPECT_EQ(relay.networks(0).net().prefix_len(), 32u);
    EXPECT_EQ(relay.labels().at("name"), "published");
  }
}

TEST_F(RegistryTest, lists_what_runs) {
  start();
  join("web");
  ASSERT_TRUE(renew(join()));
  const auto list = call<wire::ListResponse>("List", wire::ListRequest());
  ASSERT_TRUE(list) << list.error().to_string();
  ASSERT_EQ(list->workloads_size(), 2);
  EXPECT_EQ(list->workloads(0).name(), "payments");
  EXPECT_EQ(list->workloads(0).pods(0).listening_size(), 1);
  EXPECT_EQ(list->services_size(), 2);
  EXPECT_EQ(list->workloads(1).identity(), join("web").identity());
}

TEST_F(RegistryTest, tells_names_as_processes_join_and_after_a_kill_all_of_them_at_once) {
  constexpr char kWatchNames[] = "/seine.registry.v1.Names/Watch";
  start();
  wire::JoinResponse joined;
  {
    auto names =
        registry_->channel->stream<wire::MeshNames>(kWatchNames, wire::WatchNamesRequest());
    const auto nobody = next(names);
    ASSERT_TRUE(nobody) << nobody.error().to_string();
    EXPECT_EQ(nobody->cluster_domain(), "cluster.local");
    EXPECT_EQ(nobody->services_size(), 0);
    joined = join("web");
    const auto begun = steady_clock::now();
    const auto web = next(names);
    EXPECT_LT(steady_clock::now() - begun, seconds(1));
    ASSERT_TRUE(web) << web.error().to_string();
    ASSERT_EQ(web->services_size(), 1);
    EXPECT_EQ(web->services(0).ips(0), joined.service_ips(0));
    EXPECT_EQ(web->namespaces(0).pod_ips(0), joined.pod().ips(0));
  }
  controller_->signal(SIGKILL);
  controller_->wait();
  start();
  auto names = registry_->channel->stream<wire::MeshNames>(kWatchNames, wire::WatchNamesRequest());
  const auto first = next(names);
  ASSERT_TRUE(first) << first.error().to_string();
  ASSERT_EQ(first->services_size(), 1);
  EXPECT_EQ(first->services(0).ips(0), joined.service_ips(0));
  EXPECT_EQ(first->namespaces(0).name(), "shop");
}

TEST_F(RegistryTest, describes_the_controller_its_anchors_and_its_issuer) {
  start();
  const auto said = call<wire::DescribeResponse>("Describe", wire::DescribeRequest());
  ASSERT_TRUE(said) << said.error().to_string();
  EXPECT_EQ(said->cluster(), "local");
  EXPECT_TRUE(said->version().starts_with("edge-") || said->version().starts_with("stable-"));
  EXPECT_GE(said->now().seconds(), said->started_at().seconds());
  EXPECT_LT(said->now().seconds() - said->started_at().seconds(), 600);
  EXPECT_EQ(said->mesh().cluster_domain(), "cluster.local");
  EXPECT_EQ(crypto::TrustAnchors::from_pem(said->mesh().trust_anchors_pem()).value(), anchors());
  const auto issuer = crypto::Certificate::many_from_pem(said->issuer_pem(), "the issuer");
  ASSERT_TRUE(issuer) << issuer.error().to_string();
  ASSERT_EQ(issuer->size(), 1u);
  EXPECT_TRUE(anchors().verify_authority(issuer->front(), {}, issuer->front().not_before()));
}

TEST_F(RegistryTest, tells_a_caller_that_its_clock_is_wrong) {
  start();
  wire::JoinRequest request = join_request("web", join_token());
  request.mutable_now()->set_seconds(1);
  const auto web = call<wire::JoinResponse>("Join", request);
  ASSERT_TRUE(web) << web.error().to_string();
  EXPECT_LT(web->clock_skew().seconds(), -300);
  EXPECT_FALSE(join().has_clock_skew());
}

}  // namespace
}  // namespace seine::integration
