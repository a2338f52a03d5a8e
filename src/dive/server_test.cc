// SPDX-License-Identifier: Apache-2.0
// All of seine-dive in a folder of the test's.
#include "dive/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/temporary_folder.h"
#include "dive/catalog/testing/agent_script.h"
#include "dive/records/records.h"
#include "dive/records/store_sink.h"
#include "dive/store/store.h"
#include "dive/store/testing/messages.h"
#include "runtime/socket.h"
#include "sql/testing/real_loop.h"

namespace seine::dive {
namespace {

using runtime::Task;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    know_cluster();
    start();
  }
  void SetUp() override { ASSERT_TRUE(server_); }

  void start() {
    const SocketAddr any = *SocketAddr::parse("127.0.0.1:0");
    const ServeOptions options{.version = "test",
                               .state_dir = folder_.path() + "/state",
                               .database = folder_.path() + "/dive.db",
                               .listen = any,
                               .web_listen = any,
                               .admin_listen = any,
                               .owner_socket = folder_.path() + "/owner.sock"};
    auto opened = real_.run(Server::open(real_.loop, log_, registry_, options));
    if (opened) server_ = *std::move(opened);
  }
  std::unique_ptr<sql::Database> open_database() {
    return real_.run(open_store_database(real_.loop, folder_.path() + "/dive.db")).value();
  }
  void know_cluster() {
    auto store = real_.run(Store::open(real_.loop, open_database(), {})).value();
    ASSERT_TRUE(real_.run(store->cluster("demo")));
  }

  // What an agent tells of payments, while the server is away: a request that it or its caller
  // counted by the route.
  void tell_request(bool by_server, std::string_view route) {
    server_.reset();
    {
      auto store = real_.run(Store::open(real_.loop, open_database(), {})).value();
      auto records = real_.run(Records::open(real_.loop, *store)).value();
      StoreSink sink(real_.loop, *store, *records);
      if (!by_server) {
        ASSERT_TRUE(
            real_.run(sink.add("demo", std::vector{script_.all_services(0, {{"payments", {}}})})));
      }
      const auto now = std::chrono::floor<std::chrono::hours>(real_.clock.wall_now());
      auto bucket = (by_server ? payments_ : web_).bucket(now);
      testing::add_row(
          bucket, {.inbound = by_server, .peer = by_server ? "web" : "payments", .route = route});
      const auto told = real_.run(sink.add("demo", std::vector{agent_.message({bucket})}));
      ASSERT_TRUE(told);
      EXPECT_EQ(told->at(0).refused, "");
    }
    start();
    ASSERT_TRUE(server_);
  }

  // A request to the owner's socket of which the head has come, and not the body.
  std::unique_ptr<runtime::Socket> begin_request(std::string_view path, std::size_t length,
                                                 std::string_view fields = "") {
    auto socket = real_.run(runtime::connect_unix(real_.loop, folder_.path() + "/owner.sock"));
    EXPECT_TRUE(socket) << socket.error().to_string();
    send(**socket, "POST " + std::string(path) + " HTTP/1.1\r\nhost: dive\r\ncontent-length: " +
                       std::to_string(length) + "\r\n" + std::string(fields) + "\r\n");
    real_.pass(std::chrono::milliseconds(50));
    return *std::move(socket);
  }
  static void send(runtime::Socket& socket, std::string_view text) {
    EXPECT_EQ(::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Of an event that began so long ago.
  std::string tell_event(Duration ago) {
    const auto starts = real_.clock.wall_now() - ago;
    told_ms_ = std::chrono::floor<std::chrono::milliseconds>(starts.time_since_epoch()).count();
    return ask("/api/v1/events", R"({"title":"Node X was drained","about":["cluster"],)"
                                 R"("starts_ms":)" +
                                     std::to_string(told_ms_) + "}");
  }
  std::string ask(std::string_view path, const std::string& body) {
    const auto client = begin_request(path, body.size(), "connection: close\r\n");
    send(*client, body);
    return read_all(*client);
  }
  std::string get(std::string_view path) {
    auto socket = real_.run(runtime::connect_unix(real_.loop, folder_.path() + "/owner.sock"));
    EXPECT_TRUE(socket) << socket.error().to_string();
    send(**socket,
         "GET " + std::string(path) + " HTTP/1.1\r\nhost: dive\r\nconnection: close\r\n\r\n");
    return read_all(**socket);
  }
  // What has come, to the end of the connection.
  std::string read_all(runtime::Socket& socket) {
    std::string out;
    for (int i = 0; i < 1000; ++i) {
      char piece[512];
      const ssize_t got = ::recv(socket.fd(), piece, sizeof(piece), MSG_DONTWAIT);
      if (got == 0) return out;
      if (got > 0) out.append(piece, static_cast<std::size_t>(got));
      if (got < 0) real_.pass(std::chrono::milliseconds(1));
    }
    return out + "NEVER ENDS";
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("dive-server").value();
  sql::testing::RealLoop real_;
  const Log log_{real_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  metrics::Registry registry_{real_.clock, 1};
  std::unique_ptr<Server> server_;
  std::int64_t told_ms_ = 0;
  AgentScript script_;
  testing::TestAgent agent_;
  testing::TestProxy payments_{.instance = 'p'};
  testing::TestProxy web_{.workload = "web", .instance = 'w'};
};

TEST_F(ServerTest, answers_what_it_was_asked_before_it_was_told_to_end) {
  const auto client = begin_request("/api/v1/join-tokens", 2);
  bool is_over = false;
  runtime::TaskScope scope(real_.loop, [](Error) {});
  scope.spawn([](Server& server, bool& over) -> Task<void> {
    (void)co_await server.drain();
    over = true;
  }(*server_, is_over));
  real_.pass(std::chrono::milliseconds(50));
  EXPECT_FALSE(is_over) << "a request is under way";
  send(*client, "{}");
  const std::string answer = read_all(*client);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201")) << answer;
  real_.pass(std::chrono::milliseconds(50));
  EXPECT_TRUE(is_over);
}

TEST_F(ServerTest, ends_at_once_where_nobody_has_asked_anything) {
  const auto idle = real_.run(runtime::connect_unix(real_.loop, folder_.path() + "/owner.sock"));
  ASSERT_TRUE(idle);
  real_.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(real_.run(server_->drain()), 0);
}

TEST_F(ServerTest, keeps_when_an_event_began_that_is_told_afterwards) {
  const std::string answer = tell_event(std::chrono::hours(2));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201")) << answer;
  EXPECT_TRUE(answer.contains("\"starts_ms\":" + std::to_string(told_ms_))) << answer;
  EXPECT_TRUE(answer.contains("\"state\":\"ongoing\"")) << answer;
  EXPECT_TRUE(tell_event(std::chrono::hours(24 * 89)).starts_with("HTTP/1.1 201"));
  const std::string refused = tell_event(std::chrono::hours(24 * 91));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 400")) << refused;
  EXPECT_TRUE(refused.contains("is longer ago than events are kept, which is 90d")) << refused;
}

TEST_F(ServerTest, lists_events_by_what_they_are_about_and_says_what_nobody_has_seen) {
  const auto tell = [this](const std::string& title, const std::string& about) {
    const std::string answer = ask("/api/v1/events", R"({"title":")" + title + R"(","about":[")" +
                                                         about + R"("],"allow_unknown":true})");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 201")) << answer;
  };
  tell("Of a service", "shop/svc/web");
  tell("Of another", "bank/svc/web");
  tell("Of a namespace", "ns/shop");
  tell("Of all of it", "cluster");  // as an agent tells of its start
  const std::string web = get("/api/v1/events?about=svc/web&namespace=shop");
  EXPECT_TRUE(web.contains("Of a service")) << web;
  EXPECT_TRUE(web.contains("Of a namespace")) << web;
  EXPECT_TRUE(web.contains("Of all of it")) << web;
  EXPECT_FALSE(web.contains("Of another")) << web;
  EXPECT_TRUE(get("/api/v1/events?about=ns/bank&cluster=demo").contains("Of another"));
  const std::string nope = get("/api/v1/events?about=ns/nope");
  EXPECT_TRUE(nope.starts_with("HTTP/1.1 404")) << nope;
  EXPECT_TRUE(nope.contains("cluster demo has nothing in a namespace nope")) << nope;
  EXPECT_TRUE(
      get("/api/v1/events?about=svc/web&cluster=east").contains("there is no cluster east"));
  EXPECT_TRUE(get("/api/v1/events?about=svc/nope").contains("has a service nope in namespace"));
  EXPECT_TRUE(get("/api/v1/events?about=srv").starts_with("HTTP/1.1 400"));
  const std::string rollouts = get("/api/v1/events?about=svc/web&namespace=shop&kind=rollout");
  EXPECT_TRUE(rollouts.starts_with("HTTP/1.1 200")) << "what is gone has none: " << rollouts;
  EXPECT_TRUE(rollouts.contains("\"events\":[]")) << rollouts;
}

// Regression: a server calls it by another name than callers do, and counts later.
TEST_F(ServerTest, sets_an_objective_of_the_default_route_again_whoever_has_counted_by_then) {
  const auto set = [this](std::string_view success) {
    return ask("/api/v1/objectives", R"({"service":"payments","namespace":"shop","name":"p",)"
                                     R"("route":"default","success":")" +
                                         std::string(success) + "\"}");
  };
  tell_request(/*by_server=*/false, "core/Service/payments");
  const std::string first = set("99%");
  EXPECT_TRUE(first.starts_with("HTTP/1.1 201")) << first;
  tell_request(/*by_server=*/true, "/default/default");
  const std::string same = set("99%");
  EXPECT_TRUE(same.starts_with("HTTP/1.1 200")) << same;
  EXPECT_TRUE(same.contains("\"action\":\"unchanged\"")) << same;
  const std::string other = set("98%");
  EXPECT_TRUE(other.starts_with("HTTP/1.1 200")) << other;
  EXPECT_TRUE(other.contains("\"action\":\"changed\"")) << other;
}

// As where it has more series than are read for one answer.
TEST_F(ServerTest, says_of_what_it_saved_that_it_did_though_it_cannot_be_read) {
  const std::string body = R"({"service":"web","namespace":"shop","success":"99%",)"
                           R"("allow_unknown":true})";
  const auto broken =
      real_.run(open_database()->run("ALTER TABLE series RENAME TO series_of_another_name"));
  ASSERT_TRUE(broken) << broken.error().to_string();
  const std::string answer = ask("/api/v1/objectives", body);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201")) << answer;
  EXPECT_TRUE(answer.contains("\"warnings\":[\"how it stands cannot be told")) << answer;
  const std::string file = R"({"text":"objectives:\n  - service: web\n    namespace: shop\n)"
                           R"(    success: 98%\n    window: 7d\n"})";
  EXPECT_TRUE(ask("/api/v1/objectives/apply", file).starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace seine::dive
