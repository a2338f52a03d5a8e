// SPDX-License-Identifier: Apache-2.0
// seine-controller in its own process with clients of ours: real sockets, real TLS, real time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/temporary_folder.h"
#include "base/time.h"
#include "child.h"
#include "crypto/key.h"
#include "crypto/tls_context.h"
#include "crypto/trust_anchors.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/identity.pb.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::integration {

inline constexpr char kCertify[] = "/io.linkerd.proxy.identity.Identity/Certify";
inline constexpr char kGet[] = "/io.linkerd.proxy.destination.Destination/Get";
inline constexpr char kWatchPort[] = "/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort";

inline constexpr char kIdentityServer[] =
    "linkerd-identity.linkerd.serviceaccount.identity.linkerd.cluster.local";
inline constexpr char kDestinationServer[] =
    "linkerd-destination.linkerd.serviceaccount.identity.linkerd.cluster.local";

// A connection to the controller.
struct Connection {
  std::unique_ptr<http::Http2Client> client;
  std::unique_ptr<grpc::Channel> channel;
};

class ControllerFixture : public ::testing::Test {
 protected:
  static void SetUpTestSuite();

  ControllerFixture();
  ~ControllerFixture() override;

  // The controller's flags to listen on `host`, with its state below folder_.
  std::vector<std::string> listen_flags(const std::string& host) const;
  // Starts it and waits for its admin port to say that it is ready.
  void start_with(const std::string& host, std::vector<std::string> flags);

  // Turns the loop until the task is done; no test waits longer than this.
  template <class T>
  Result<T> run(runtime::Task<Result<T>> task) {
    std::optional<Result<T>> result;
    runtime::TaskScope scope(loop_, [](Error) {});
    scope.spawn(store(runtime::with_deadline(loop_, std::chrono::seconds(15), ErrorCode::kTimeout,
                                             "the test waited", std::move(task)),
                      result));
    while (!result) loop_.run_turn(/*may_block=*/true);
    return *std::move(result);
  }
  template <class T>
  static runtime::Task<void> store(runtime::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
  template <class Message>
  Result<Message> next(grpc::MessageStream<Message>& stream) {
    auto message = run(stream.next());
    if (!message) return fail(std::move(message.error()));
    if (!*message) return fail(ErrorCode::kEof, "the stream ended");
    return **std::move(message);
  }

  // The whole answer to a GET on the admin port; empty if it does not answer.
  std::string admin(const std::string& path);
  Result<Connection> connect_plain(std::uint16_t port);
  // `context` null: without a certificate of our own.
  Result<Connection> connect_tls(std::uint16_t port, const char* server,
                                 std::shared_ptr<const crypto::TlsContext> context = nullptr);
  Result<Connection> connect_unix(const std::string& path);

  crypto::TrustAnchors anchors() const;
  io::linkerd::proxy::identity::CertifyRequest certify_request(const std::string& name,
                                                               const std::string& token) const;
  Result<io::linkerd::proxy::identity::CertifyResponse> certify(const std::string& name,
                                                                const std::string& token);
  // The context of a proxy that has been certified.
  std::shared_ptr<const crypto::TlsContext> certified_context(const std::string& name,
                                                              const std::string& token);
  static io::linkerd::proxy::destination::GetDestination get(const std::string& path,
                                                             const std::string& context);

  Connection over(std::unique_ptr<runtime::Stream> stream);

  const TemporaryFolder temporary_ = TemporaryFolder::make("controller").value();
  const std::string& folder_ = temporary_.path();
  const SystemClock clock_;
  runtime::EventLoop loop_{clock_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  std::string host_;
  std::optional<Child> controller_;

 private:
  SocketAddr addr(std::uint16_t port) const { return {IpAddress::parse(host_).value(), port}; }
};

}  // namespace seine::integration
