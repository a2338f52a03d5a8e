// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/admin_service.h"

#include <unistd.h>
#include <zlib.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "proxy/admin/scrape_body.h"
#include "proxy/config.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// A body of which nothing comes until the test ends it.
class SilentBody final : public http::Body {
 public:
  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes&) override {
    slot_.arm(who);
    return http::BodyPoll::kPending;
  }
  const Error& error() const override { return error_; }

 private:
  runtime::WakeSlot slot_;
  Error error_;
};

class FailedBody final : public http::Body {
 public:
  http::BodyPoll poll(runtime::Wakeable&, runtime::Bytes&) override {
    return http::BodyPoll::kError;
  }
  const Error& error() const override { return error_; }

 private:
  Error error_ = make_error(ErrorCode::kReset, "the client went away");
};

std::string gunzip(std::string_view compressed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  int rc = Z_OK;
  while (rc == Z_OK) {
    std::string piece(100'000, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    rc = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, 0, piece.size() - stream.avail_out);
  }
  EXPECT_EQ(rc, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  inflateEnd(&stream);
  return out;
}

struct NumberLabel {
  std::uint64_t number;
  void write(metrics::LabelWriter& writer) const { writer.add("number", number); }
};

class AdminServiceTest : public ::testing::Test {
 protected:
  struct Answer {
    std::uint16_t status;
    http::Headers headers;
    std::string content;
    std::string header(std::string_view name) const {
      return std::string(headers.get(name).value_or("(none)"));
    }
  };

  Answer ask(AdminService& service, std::string method, std::string target,
             http::Headers headers = {}, http::BodyPtr body = nullptr) {
    http::Request request;
    request.head.method = std::move(method);
    request.head.path = std::move(target);
    request.head.headers = std::move(headers);
    request.body = std::move(body);
    Result<http::Response> response = t_.run(service.call(std::move(request)));
    SEINE_CHECK(response.has_value(), "the admin service always answers");
    const auto content =
        t_.run(http::collect(t_.loop, std::move(response->body), 16 * 1024 * 1024));
    SEINE_CHECK(content.has_value(), "the answer comes whole");
    return {response->head.status, response->head.headers, content->bytes};
  }
  Answer get(std::string target) { return ask(observer_, "GET", std::move(target)); }
  Answer put_log_level(http::BodyPtr body) {
    return ask(operator_, "PUT", "/proxy-log-level", {}, std::move(body));
  }

  runtime::testing::TestLoop t_;
  Log log_{t_.clock, -1, LogLevel::kWarn, LogFormat::kPlain};
  metrics::Registry registry_{t_.clock, 1};
  runtime::Signal certified_;
  runtime::Signal shutdown_;
  AdminContext context_{
      .loop = t_.loop,
      .log = log_,
      .registry = registry_,
      .certified = certified_,
      .environment = redacted({{"LINKERD2_PROXY_LOG", "warn,\"x\""},
                               {"LINKERD2_PROXY_IDENTITY_TOKEN", "hush"},
                               {"SEINE_PROXY_ADMIN_SOCKET", "/run/admin"},
                               {"DATABASE_PASSWORD", "hush"}}),
      .shutdown = shutdown_,
  };
  AdminService observer_{context_, AdminAccess::kObserve};
  AdminService neighbour_{context_, AdminAccess::kShutdown};
  AdminService operator_{context_, AdminAccess::kControl};
};

TEST_F(AdminServiceTest, is_live_from_the_start) {
  const Answer answer = get("/live");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content, "live\n");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
}

TEST_F(AdminServiceTest, is_ready_once_certified) {
  EXPECT_EQ(get("/ready").status, 503);
  EXPECT_EQ(get("/ready").content, "not ready\n");
  certified_.fire();
  EXPECT_EQ(get("/ready").status, 200);
  EXPECT_EQ(get("/ready").content, "ready\n");
}

TEST_F(AdminServiceTest, a_query_that_means_nothing_is_passed_over) {
  EXPECT_EQ(get("/live?probe=1&x").status, 200);
  EXPECT_EQ(get("/metrics?").status, 200);
}

TEST_F(AdminServiceTest, metrics_are_the_registry_as_plain_text) {
  registry_.counter({.description = {.name = "seen", .help = "Seen."}}).get(0).add();
  const Answer answer = get("/metrics");
  EXPECT_EQ(answer.content, registry_.scrape());
  EXPECT_THAT(answer.content, HasSubstr("seen_total 1\n"));
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(answer.header("content-encoding"), "(none)");
}

TEST_F(AdminServiceTest, metrics_are_compressed_for_a_client_that_reads_gzip) {
  auto& family = registry_.counter({.description = {.name = "many", .help = "Many."}});
  std::vector<metrics::Counter> handles;
  handles.reserve(9000);
  for (std::uint64_t i = 0; i < 9000; ++i) {
    // Numbers that do not compress to nothing, so that the page takes more than one piece.
    handles.push_back(family.get(0, NumberLabel{i * 0x9E3779B97F4A7C15ULL}));
  }
  http::Headers headers;
  headers.add("accept-encoding", "gzip;q=0.5");
  const Answer answer = ask(observer_, "GET", "/metrics", headers);
  EXPECT_EQ(answer.header("content-encoding"), "gzip");
  EXPECT_EQ(answer.header("vary"), "accept-encoding");
  EXPECT_GT(answer.content.size(), 2 * runtime::BlockPool::kCapacity);
  EXPECT_EQ(gunzip(answer.content), registry_.scrape());
}

TEST_F(AdminServiceTest, scrapes_that_nobody_reads_are_limited_and_given_up) {
  std::vector<http::Response> unread;
  unread.reserve(kMaxScrapes);
  for (std::size_t i = 0; i < kMaxScrapes; ++i) {
    http::Request request;
    request.head.path = "/metrics";
    unread.push_back(t_.run(observer_.call(std::move(request))).value());
  }
  EXPECT_EQ(get("/metrics").status, 503);
  EXPECT_EQ(get("/live").status, 200);

  unread.pop_back();
  EXPECT_EQ(get("/metrics").status, 200);

  t_.advance(kScrapeDeadline + 1s, 1s);
  EXPECT_EQ(context_.scrapes_under_way, 0u);
  EXPECT_EQ(get("/metrics").status, 200);
  const auto late = t_.run(http::collect(t_.loop, std::move(unread[0].body), 1 << 20));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout);
  unread.clear();
  EXPECT_EQ(context_.scrapes_under_way, 0u);
}

TEST_F(AdminServiceTest, the_environment_shows_no_secret_and_nothing_of_others) {
  const Answer answer = get("/env.json");
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.content,
            R"({"LINKERD2_PROXY_IDENTITY_TOKEN":"<redacted>",)"
            R"("LINKERD2_PROXY_LOG":"warn,\"x\"","SEINE_PROXY_ADMIN_SOCKET":"/run/admin"})");
}

TEST_F(AdminServiceTest, the_environment_is_cut_to_the_variables_asked_for) {
  EXPECT_EQ(get("/env.json?LINKERD2_PROXY_LOG&LINKERD2_PROXY_CORES&DATABASE_PASSWORD").content,
            R"({"DATABASE_PASSWORD":null,"LINKERD2_PROXY_CORES":null,)"
            R"("LINKERD2_PROXY_LOG":"warn,\"x\""})");
  EXPECT_EQ(get("/env.json?%41").status, 400);
}

TEST_F(AdminServiceTest, head_has_the_length_and_not_the_content) {
  for (const std::string path : {"/live", "/ready", "/metrics", "/env.json", "/nowhere"}) {
    const Answer full = get(path);
    const Answer head = ask(observer_, "HEAD", path);
    EXPECT_EQ(head.status, full.status) << path;
    EXPECT_EQ(head.content, "") << path;
    EXPECT_EQ(head.header("content-length"), std::to_string(full.content.size())) << path;
  }
  EXPECT_EQ(context_.scrapes_under_way, 0u);
}

TEST_F(AdminServiceTest, other_methods_are_told_which_are_allowed) {
  const Answer post = ask(observer_, "POST", "/live");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.header("allow"), "GET, HEAD");
  EXPECT_EQ(ask(observer_, "get", "/live").status, 405);
  EXPECT_EQ(ask(observer_, "GET, HEAD", "/live").status, 405);
  EXPECT_EQ(ask(observer_, "", "/live").status, 405);
  const Answer get_shutdown = ask(operator_, "GET", "/shutdown");
  EXPECT_EQ(get_shutdown.status, 405);
  EXPECT_EQ(get_shutdown.header("allow"), "POST");
  EXPECT_EQ(ask(operator_, "POST", "/proxy-log-level").header("allow"), "GET, HEAD, PUT");
}

TEST_F(AdminServiceTest, an_unknown_path_is_told_what_there_is) {
  for (const std::string path : {"/", "/live/", "//live", "", "*", "/debug/pprof"}) {
    const Answer answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.content, "nothing is here but /live /ready /metrics /env.json\n");
  }
  EXPECT_THAT(ask(operator_, "GET", "/").content, EndsWith(" /shutdown /proxy-log-level\n"));
}

TEST_F(AdminServiceTest, an_observer_changes_nothing) {
  EXPECT_EQ(ask(observer_, "POST", "/shutdown").status, 404);
  EXPECT_EQ(ask(observer_, "PUT", "/proxy-log-level", {}, http::make_body("debug")).status, 404);
  EXPECT_EQ(ask(neighbour_, "PUT", "/proxy-log-level", {}, http::make_body("debug")).status, 404);
  EXPECT_FALSE(shutdown_.fired());
  EXPECT_EQ(log_.level(), LogLevel::kWarn);
}

TEST_F(AdminServiceTest, shutdown_is_asked_for_by_post_where_it_is_allowed) {
  EXPECT_EQ(ask(neighbour_, "HEAD", "/shutdown").status, 405);
  EXPECT_FALSE(shutdown_.fired());
  EXPECT_EQ(ask(neighbour_, "POST", "/shutdown").content, "shutdown\n");
  EXPECT_TRUE(shutdown_.fired());
  EXPECT_EQ(ask(operator_, "POST", "/shutdown").status, 200);
}

TEST_F(AdminServiceTest, the_log_level_is_read_and_set) {
  EXPECT_EQ(ask(operator_, "GET", "/proxy-log-level").content, "warn\n");
  EXPECT_EQ(put_log_level(http::make_body("warn,linkerd=error\n")).status, 204);
  EXPECT_EQ(log_.level(), LogLevel::kError);
  EXPECT_EQ(ask(operator_, "GET", "/proxy-log-level").content, "error\n");
}

TEST_F(AdminServiceTest, a_bad_log_filter_is_refused_with_a_sentence) {
  const Answer loud = put_log_level(http::make_body("linkerd=loud"));
  EXPECT_EQ(loud.status, 400);
  EXPECT_THAT(loud.content, HasSubstr("'loud' is not a log level"));
  EXPECT_EQ(put_log_level(nullptr).status, 400);
  EXPECT_EQ(put_log_level(http::make_body("\r\n")).status, 400);
  EXPECT_EQ(put_log_level(std::make_unique<FailedBody>()).status, 400);
  EXPECT_EQ(log_.level(), LogLevel::kWarn);
}

TEST_F(AdminServiceTest, a_log_filter_may_have_a_kibibyte_and_not_more) {
  std::string filter = "linkerd=error";
  filter.insert(0, kMaxLogFilter - filter.size(), ',');
  EXPECT_EQ(put_log_level(http::make_body("," + filter)).status, 413);
  EXPECT_EQ(log_.level(), LogLevel::kWarn);
  EXPECT_EQ(put_log_level(http::make_body(filter)).status, 204);
  EXPECT_EQ(log_.level(), LogLevel::kError);
}

TEST_F(AdminServiceTest, a_log_filter_that_does_not_come_is_not_waited_for) {
  http::Request request;
  request.head.method = "PUT";
  request.head.path = "/proxy-log-level";
  request.body = std::make_unique<SilentBody>();
  std::uint16_t status = 0;
  struct Asking {
    static runtime::Task<void> run(AdminService& service, http::Request asked, std::uint16_t& out) {
      out = (co_await service.call(std::move(asked)))->head.status;
    }
  };
  runtime::TaskScope scope(t_.loop, [](Error) {});
  scope.spawn(Asking::run(operator_, std::move(request), status));
  t_.advance(kLogFilterTimeout - 1s, 1s);
  EXPECT_EQ(status, 0);
  t_.advance(2s, 1s);
  EXPECT_EQ(status, 408);
}

}  // namespace
}  // namespace seine::proxy
