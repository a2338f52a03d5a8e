// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/dive_client.h"

#include <gtest/gtest.h>

#include "cli/mesh/mesh_folder.h"
#include "cli/testing/fake_dive.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;
using testing::FakeDive;

constexpr char kLine[] = "GET /thing";

DiveAnswer ask(const std::string& dir, Duration patience = 10s, std::string path = "/thing") {
  const SystemClock clock;
  const Declaration globals;
  const std::vector<VerbDeclaration> verbs;
  const Invocation invocation{.clock = clock,
                              .version = "edge-1.2.3",
                              .environment = {},
                              .terminal = {},
                              .dir_flag = dir,
                              .globals = globals,
                              .verbs = verbs};
  return ask_dive(invocation, {.path = std::move(path)}, patience);
}

DiveFailure failure_of(const std::string& dir, Duration patience = 10s) {
  const auto answer = ask(dir, patience);
  EXPECT_FALSE(answer);
  return answer ? DiveFailure{} : answer.error();
}

TEST(DiveClient, gives_the_document) {
  FakeDive dive;
  dive.answer(kLine, 200, R"({"a":1})");
  const auto answer = ask(dive.dir());
  ASSERT_TRUE(answer) << answer.error().error.to_string();
  EXPECT_EQ(*answer, json::parse(R"({"a":1})").value());
  EXPECT_EQ(dive.last().line, "GET /api/v1/thing");
}

TEST(DiveClient, gives_null_where_there_is_no_content) {
  FakeDive dive;
  dive.answer(kLine, 204, "");
  const auto answer = ask(dive.dir());
  ASSERT_TRUE(answer) << answer.error().error.to_string();
  EXPECT_TRUE(answer->is_null());
}

TEST(DiveClient, gives_dives_own_words_and_what_to_do) {
  FakeDive dive;
  const DiveFailure missing = failure_of(dive.dir());
  EXPECT_TRUE(missing.is_dives);
  EXPECT_EQ(missing.error.code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error.message, "there is no such thing");
  EXPECT_EQ(missing.hint, "ask for another");
  dive.answer(kLine, 400, R"({"error":"120% is no share"})");
  const DiveFailure wrong = failure_of(dive.dir());
  EXPECT_EQ(wrong.error.code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(wrong.hint, "");
  dive.answer(kLine, 503, R"({"error":"the store is busy","hint":"again"})");
  EXPECT_EQ(failure_of(dive.dir()).error.code, ErrorCode::kUnavailable);
}

TEST(DiveClient, that_gets_a_refusal_without_words_says_so) {
  FakeDive dive;
  for (const char* body : {"", "<html>", "[]", R"({"error":1})", R"({"error":""})"}) {
    dive.answer(kLine, 500, body);
    const DiveFailure failure = failure_of(dive.dir());
    EXPECT_FALSE(failure.is_dives);
    EXPECT_EQ(failure.error.message, "Dive answered 500 without a reason");
  }
}

TEST(DiveClient, that_gets_garbage_says_so) {
  FakeDive dive;
  for (const char* body : {"not json", "{", "{\"a\":1}{", "\xff"}) {
    dive.answer(kLine, 200, body);
    const DiveFailure failure = failure_of(dive.dir());
    EXPECT_EQ(failure.error.code, ErrorCode::kProtocol);
    EXPECT_NE(failure.error.message.find("is no JSON"), std::string::npos);
  }
  for (const char* bytes :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"}) {
    dive.answer_raw(kLine, bytes);
    const DiveFailure failure = failure_of(dive.dir());
    EXPECT_NE(failure.error.message.find("asking Dive"), std::string::npos)
        << failure.error.message;
  }
}

TEST(DiveClient, does_not_wait_for_ever) {
  FakeDive dive;
  dive.answer_raw(kLine, "");
  const DiveFailure failure = failure_of(dive.dir(), 100ms);
  EXPECT_EQ(failure.error.code, ErrorCode::kTimeout);
  EXPECT_EQ(failure.error.message, "Dive gave no answer after 100ms");
}

TEST(DiveClient, takes_no_answer_without_an_end) {
  FakeDive dive;
  dive.answer_raw(kLine, "HTTP/1.1 200 OK\r\n\r\n" + std::string(kMaxDiveAnswer + 1, ' '));
  const DiveFailure failure = failure_of(dive.dir());
  EXPECT_EQ(failure.error.code, ErrorCode::kLimit);
  EXPECT_NE(failure.error.message.find("longer than 16 MiB"), std::string::npos);
}

TEST(DiveClient, says_that_no_mesh_runs) {
  const auto folder = TemporaryFolder::make("dive-client").value();
  const DiveFailure failure = failure_of(folder.path());
  EXPECT_EQ(failure.error.code, ErrorCode::kUnavailable);
  EXPECT_NE(failure.error.message.find("no mesh runs in " + folder.path()), std::string::npos);
}

TEST(DiveClient, says_that_the_mesh_has_no_dive) {
  const auto folder = TemporaryFolder::make("dive-client").value();
  const auto lock = MeshLock::take(MeshFolder{folder.path()});
  ASSERT_TRUE(lock) << lock.error().to_string();
  const DiveFailure failure = failure_of(folder.path());
  EXPECT_EQ(failure.error.code, ErrorCode::kUnavailable);
  EXPECT_NE(failure.error.message.find("Dive does not run in the mesh in"), std::string::npos);
  EXPECT_NE(failure.error.message.find("--no-dive"), std::string::npos);
}

TEST(DiveClient, escapes_what_stands_in_a_path) {
  EXPECT_EQ(url_encoded("payments-success_7d.x~"), "payments-success_7d.x~");
  EXPECT_EQ(url_encoded("a/../b?c#d e%"), "a%2F..%2Fb%3Fc%23d%20e%25");
  EXPECT_EQ(url_encoded("ä"), "%C3%A4");
}

}  // namespace
}  // namespace seine::cli
