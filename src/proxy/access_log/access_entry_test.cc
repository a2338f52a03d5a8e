// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_entry.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "proxy/access_log/access_log.h"
#include "proxy/testing/inbound_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::testing::ScriptedService;
using testing::request_for;
using testing::ServiceCall;

AccessLogConfig some_fields(double sample = 1) {
  AccessLogConfig config;
  config.format = AccessLogFormat::kFields;
  config.sample = sample;
  config.headers = {"x-team"};
  config.fields = {{"method", AccessFact::kMethod, {}},
                   {"uri", AccessFact::kUri, {}},
                   {"version", AccessFact::kVersion, {}},
                   {"status", AccessFact::kStatus, {}},
                   {"grpc_status", AccessFact::kGrpcStatus, {}},
                   {"response_bytes", AccessFact::kResponseBytes, {}},
                   {"processing_ns", AccessFact::kProcessingNs, {}},
                   {"total_ns", AccessFact::kTotalNs, {}},
                   {"error", AccessFact::kError, {}},
                   {"trace_id", AccessFact::kTraceId, {}},
                   {"team", AccessFact::kHeader, "x-team", 0}};
  return config;
}

struct LoggedLab : testing::InboundLab {
  explicit LoggedLab(AccessLogConfig with = some_fields(), Config config = testing::worker_config(),
                     bool http2 = false)
      : InboundLab(std::move(config), http2), access(std::move(with)) {
    SEINE_CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "no pipe");
    log_.emplace(t.loop, t.clock, access, fds[1]);
    context.access_log = &*log_;
  }
  ~LoggedLab() {
    log_.reset();
    close(fds[0]);
    close(fds[1]);
  }
  std::string lines() {
    t.advance(50ms);
    char buffer[65536];
    const ssize_t n = read(fds[0], buffer, sizeof buffer);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }

  const AccessLogConfig access;
  int fds[2] = {-1, -1};
  std::optional<AccessLog> log_;
};

TEST(AccessEntry, a_line_is_written_when_the_answer_has_ended_and_knows_both_times) {
  LoggedLab lab;
  http::testing::BodyFeed feed;
  lab.application.service.handler = [](ScriptedService& self,
                                       http::Request) -> runtime::Task<Result<http::Response>> {
    http::Response response;
    response.body = std::move(self.answer);
    co_return response;
  };
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  http::Request request = request_for("web");
  request.head.path = "/a?b";
  request.head.headers.add("x-team", "blue");
  request.head.headers.add("traceparent",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  Result<http::Response> response = lab.t.run(lab.service.call(std::move(request)));
  ASSERT_TRUE(response);
  EXPECT_EQ(lab.lines(), "");
  feed.push("hello");
  feed.end();
  EXPECT_TRUE(lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100)));
  EXPECT_EQ(lab.lines(),
            R"({"method":"GET","uri":"/a?b","version":"HTTP/1.1","status":200,"grpc_status":null,)"
            R"("response_bytes":5,"processing_ns":0,"total_ns":50000000,"error":"",)"
            R"("trace_id":"0af7651916cd43dd8448eb211c80319c","team":"blue"})"
            "\n");
}

TEST(AccessEntry, what_we_answer_ourselves_is_written_with_its_cause) {
  Config config = testing::worker_config();
  config.inbound.max_in_flight = 0;
  LoggedLab lab(some_fields(), std::move(config));
  const Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  const std::string line = lab.lines();
  EXPECT_TRUE(line.contains(R"("status":503,)")) << line;
  EXPECT_TRUE(line.contains(R"("error":"loadshed")")) << line;
}

TEST(AccessEntry, a_request_that_its_client_gave_up_is_written_as_cancelled) {
  LoggedLab lab;
  lab.application.service.handler = ScriptedService::hang;
  {
    const ServiceCall call(lab.t.loop, lab.service, request_for("web"));
    lab.t.settle();
  }
  const std::string line = lab.lines();
  EXPECT_TRUE(line.contains(R"("status":0,)")) << line;
  EXPECT_TRUE(line.contains(R"("error":"cancelled")")) << line;
}

TEST(AccessEntry, a_reset_is_written_without_a_status) {
  LoggedLab lab(some_fields(), testing::worker_config(), true);
  lab.application.service.handler = [](ScriptedService&,
                                       http::Request) -> runtime::Task<Result<http::Response>> {
    co_return fail(http::http2_error(ErrorCode::kReset, http::Http2Code::kCancel, "no"));
  };
  EXPECT_FALSE(lab.t.run(lab.service.call(request_for("web", http::Version::kHttp2))));
  const std::string line = lab.lines();
  EXPECT_TRUE(line.contains(R"("uri":"http://web/","version":"HTTP/2.0","status":0,)")) << line;
  EXPECT_TRUE(line.contains(R"("error":"stream reset")")) << line;
}

TEST(AccessEntry, of_a_sample_of_none_failures_are_written_all_the_same) {
  LoggedLab lab(some_fields(0));
  ASSERT_TRUE(lab.t.run(lab.service.call(request_for("web"))));
  EXPECT_EQ(lab.lines(), "");
  lab.application.service.handler = [](ScriptedService&,
                                       http::Request) -> runtime::Task<Result<http::Response>> {
    http::Response response;
    response.head.status = 500;
    co_return response;
  };
  ASSERT_TRUE(lab.t.run(lab.service.call(request_for("web"))));
  EXPECT_TRUE(lab.lines().contains(R"("status":500,)"));
}

TEST(AccessEntry, a_failure_in_grpcs_trailers_is_always_written) {
  LoggedLab lab(some_fields(0), testing::worker_config(), true);
  lab.application.service.handler = [](ScriptedService&,
                                       http::Request) -> runtime::Task<Result<http::Response>> {
    http::Response response;
    response.head.headers.add("content-type", "application/grpc");
    http::Headers trailers;
    trailers.add("grpc-status", "13");
    response.body = http::make_body("x", std::move(trailers));
    co_return response;
  };
  Result<http::Response> response =
      lab.t.run(lab.service.call(request_for("web", http::Version::kHttp2)));
  ASSERT_TRUE(response);
  EXPECT_TRUE(lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100)));
  EXPECT_TRUE(lab.lines().contains(R"("status":200,"grpc_status":13,"response_bytes":1,)"));
}

}  // namespace
}  // namespace seine::proxy
