// SPDX-License-Identifier: Apache-2.0
// The standalone registry of seine-controller as `seine run` and proxies meet it: its unix socket,
// and the mesh it makes of whoever joins.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "controller_fixture.h"
#include "grpc/status.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "network.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::integration {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace inbound = io::linkerd::proxy::inbound;
namespace wire = seine::registry::v1;

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr char kService[] = "/seine.registry.v1.Registry/";
constexpr char kPayments[] = "payments.shop.svc.cluster.local:8082";

class RegistryTest : public ControllerFixture {
 protected:
  std::string directory() const { return folder_ + "/registry"; }
  std::vector<std::string> flags(const std::string& host) const {
    std::vector<std::string> out = listen_flags(host);
    out.insert(out.end(), {"--registry-dir", directory()});
    return out;
  }
  void start(const std::string& host = kOwnAddress) {
    registry_.reset();
    start_with(host, flags(host));
    if (HasFatalFailure()) return;
    auto connection = connect_unix(directory() + "/registry.sock");
    ASSERT_TRUE(connection) << connection.error().to_string();
    registry_ = *std::move(connection);
  }

  template <class Response, class Request>
  Result<Response> call(const char* method, const Request& request) {
    return run(registry_->channel->unary<Response>(std::string(kService) + method, request));
  }
  std::string join_token() {
    const auto made =
        call<wire::CreateJoinTokenResponse>("CreateJoinToken", wire::CreateJoinTokenRequest());
    EXPECT_TRUE(made) << made.error().to_string();
    return made ? made->token() : "";
  }
  static wire::JoinRequest join_request(const std::string& workload, const std::string& token) {
    wire::JoinRequest request;
    request.set_token(token);
    request.set_namespace_("shop");
    request.set_workload(workload);
    request.add_ports()->set_number(8082);
    return request;
  }
  wire::JoinResponse join(const std::string& workload = "payments") {
    auto joined = call<wire::JoinResponse>("Join", join_request(workload, join_token()));
    EXPECT_TRUE(joined) << joined.error().to_string();
    return joined.value_or(wire::JoinResponse());
  }
  Result<wire::RenewResponse> renew(const wire::JoinResponse& who, bool listening = true) {
    wire::RenewRequest request;
    request.set_lease(who.lease());
    request.set_secret(who.secret());
    if (listening) request.add_listening(8082);
    request.set_proxy_ready(true);
    return call<wire::RenewResponse>("Renew", request);
  }
  Result<wire::IssueTokenResponse> issue_token(const wire::JoinResponse& who) {
    wire::IssueTokenRequest request;
    request.set_lease(who.lease());
    request.set_secret(who.secret());
    return call<wire::IssueTokenResponse>("IssueToken", request);
  }
  // A connection of the pod's proxy to destination and policy.
  Connection connect_proxy(const wire::JoinResponse& who, std::uint16_t port = 8086) {
    const auto token = issue_token(who).value().token();
    return connect_tls(port, kDestinationServer, certified_context(who.identity(), token)).value();
  }
  bool metric(const std::string& line) { return admin("/metrics").find(line) != std::string::npos; }
  void await_metric(const std::string& line) {
    const auto deadline = steady_clock::now() + seconds(15);
    while (!metric(line)) {
      ASSERT_LT(steady_clock::now(), deadline) << line;
      ::usleep(50'000);
    }
  }

  std::optional<Connection> registry_;
};

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
    const std::string path = std::string(kService) + "Join";
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

// What another user meets at the socket: connect(2)'s errno, or 0 and whether a byte came back.
struct Met {
  int error = -1;
  bool answered = false;
};
Met connect_as(uid_t user, const std::string& path) {
  int out[2];
  EXPECT_EQ(::pipe(out), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Met met;
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::copy(path.begin(), path.end(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0) {
      const auto* raw = reinterpret_cast<const sockaddr*>(&address);
      met.error = ::connect(fd, raw, sizeof address) == 0 ? 0 : errno;
      // HTTP/2's preface and an empty SETTINGS frame, which a server answers with its own.
      constexpr std::string_view kHello("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
      char byte = 0;
      met.answered = met.error == 0 && ::send(fd, kHello.data(), kHello.size(), MSG_NOSIGNAL) > 0 &&
                     ::read(fd, &byte, 1) > 0;
    }
    (void)!::write(out[1], &met, sizeof met);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  Met met;
  EXPECT_EQ(::read(out[0], &met, sizeof met), static_cast<ssize_t>(sizeof met));
  ::close(out[0]);
  ::close(out[1]);
  return met;
}

TEST_F(RegistryTest, is_closed_to_other_users_whatever_the_modes_of_its_files) {
  constexpr uid_t kStranger = 4711;
  start();
  const std::string path = directory() + "/registry.sock";
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(directory().c_str(), 0755), 0);
  EXPECT_EQ(connect_as(kStranger, path).error, EACCES);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  const Met met = connect_as(kStranger, path);
  EXPECT_EQ(met.error, 0);
  EXPECT_FALSE(met.answered);
  EXPECT_TRUE(metric("port=\"registry\",outcome=\"not the owner\"} 1"));
  EXPECT_NE(controller_->log().find("4711"), std::string::npos);
  EXPECT_TRUE(connect_as(0, path).answered);
}

TEST_F(RegistryTest, admits_the_owner_of_its_directory_beside_root) {
  constexpr uid_t kOwner = 4711;
  std::filesystem::create_directory(directory());
  ASSERT_EQ(::chown(directory().c_str(), kOwner, kOwner), 0);
  ASSERT_EQ(::chmod(directory().c_str(), 0700), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  start();
  const std::string path = directory() + "/registry.sock";
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_TRUE(connect_as(kOwner, path).answered);
  EXPECT_TRUE(connect_as(0, path).answered);
}

TEST_F(RegistryTest, goes_on_while_its_disk_is_full_and_writes_when_there_is_room) {
  ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  std::filesystem::create_directory(directory());
  ASSERT_EQ(::mount("tmpfs", directory().c_str(), "tmpfs", 0, "size=64k,mode=0700"), 0);
  start();
  const wire::JoinResponse before = join("web");
  {
    std::ofstream filler(directory() + "/filler");
    filler << std::string(128 * 1024, 'x');
  }
  const wire::JoinResponse web = join("web");
  EXPECT_TRUE(metric("seine_registry_unwritten 1"));
  EXPECT_NE(controller_->log().find("ENOSPC"), std::string::npos) << controller_->log();
  std::filesystem::remove(directory() + "/filler");
  const auto deadline = steady_clock::now() + seconds(15);
  while (!metric("seine_registry_unwritten 0")) {
    ASSERT_LT(steady_clock::now(), deadline);
    ASSERT_TRUE(renew(web)->known());
    ::usleep(500'000);
  }
  controller_->signal(SIGKILL);
  controller_->wait();
  start();
  EXPECT_TRUE(renew(web)->known());
  controller_.reset();
  ::umount(directory().c_str());
}

TEST_F(RegistryTest, ends_on_sigterm_and_leaves_no_socket) {
  start();
  join("web");
  registry_.reset();  // nobody turns its loop while the test waits
  controller_->signal(SIGTERM);
  EXPECT_EQ(controller_->wait(), 0) << controller_->log();
  EXPECT_FALSE(std::filesystem::exists(directory() + "/registry.sock"));
}

TEST_F(RegistryTest, exits_64_for_flags_that_cannot_be_and_1_while_its_directory_is_taken) {
  start("127.0.0.1");
  std::vector<std::string> taken = flags("127.0.0.1");
  std::vector<std::string> both = taken;
  both.insert(both.end(), {"--workloads", "/no/such/file"});
  std::vector<std::string> overlap = taken;
  overlap.insert(overlap.end(),
                 {"--pod-networks", "10.0.0.0/8", "--service-networks", "10.1.0.0/16"});
  const Finished second = integration::run(SEINE_CONTROLLER_BINARY, taken);
  EXPECT_EQ(second.exit_code, 1) << second.err;
  EXPECT_NE(second.err.find("is in use by another seine-controller"), std::string::npos);
  const std::pair<std::vector<std::string>, const char*> bad[] = {{both, "--registry-dir"},
                                                                  {overlap, "--service-networks"}};
  for (const auto& [arguments, part] : bad) {
    const Finished finished = integration::run(SEINE_CONTROLLER_BINARY, arguments);
    EXPECT_EQ(finished.exit_code, 64) << finished.err;
    EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
  }
}

}  // namespace
}  // namespace seine::integration
