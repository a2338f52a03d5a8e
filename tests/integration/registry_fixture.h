// SPDX-License-Identifier: Apache-2.0
// seine-controller with a registry, and a caller at its socket.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "controller_fixture.h"
#include "network.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::integration {

namespace wire = seine::registry::v1;

inline constexpr char kRegistryService[] = "/seine.registry.v1.Registry/";

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
    return run(
        registry_->channel->unary<Response>(std::string(kRegistryService) + method, request));
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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!metric(line)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << line;
      ::usleep(50'000);
    }
  }

  std::optional<Connection> registry_;
};

}  // namespace seine::integration
