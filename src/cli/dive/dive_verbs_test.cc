// SPDX-License-Identifier: Apache-2.0
// The verbs as they are typed, against a Dive that is a fake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/output.h"
#include "cli/testing/dive_documents.h"
#include "cli/testing/fake_dive.h"
#include "cli/testing/zone.h"

namespace seine::cli {
namespace {

using testing::FakeDive;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Ran;
using ::testing::StartsWith;

class DiveVerbs : public ::testing::Test {
 protected:
  Ran run(std::vector<std::string> arguments) {
    return testing::run_seine(dive.dir(), std::move(arguments));
  }
  // Flags that are refused before anybody is asked.
  void refuses(std::vector<std::string> arguments, const std::string& why) {
    const Ran ran = run(std::move(arguments));
    EXPECT_EQ(ran.code, kExitUsage) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(why));
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(dive.asked(), IsEmpty());
  }
  void write(const std::string& name, const std::string& text, unsigned mode = 0600) {
    ASSERT_TRUE(create_file(dive.dir() + "/" + name, text, mode));
  }

  const testing::Zone utc{"UTC0"};
  FakeDive dive;
};

TEST_F(DiveVerbs, an_objective_is_set) {
  dive.answer("POST /objectives", 200,
              R"({"name":"shop-payments-success-7d","action":"created","dry_run":false,)"
              R"("warnings":["it begins without budget"],"objective":)" +
                  std::string(testing::kPayments) + "}");
  const Ran ran = run({"objective", "set", "svc/payments", "-n", "shop", "--success", "99%"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out,
            "created shop-payments-success-7d\n"
            "99% of all requests over a rolling 7-day window are served successfully.\n"
            "1 of every 100 requests may fail.\n");
  EXPECT_EQ(ran.err,
            "warning: it begins without budget\n"
            "hint: `seine objective propose svc/payments -n shop` says which goals history would "
            "have kept\n");
  EXPECT_EQ(dive.last().body, R"({"service":"payments","namespace":"shop","success":"99%"})");
}

TEST_F(DiveVerbs, an_objective_that_is_changed_is_shown_before_and_after) {
  dive.answer("POST /objectives", 200,
              R"({"name":"shop-payments-success-7d","action":"changed","dry_run":false,)"
              R"("was":"95% of all requests over a rolling 7-day window are served successfully",)"
              R"("warnings":[],"objective":)" +
                  std::string(testing::kPayments) + "}");
  EXPECT_EQ(run({"objective", "set", "svc/payments", "-n", "shop", "--success", "99%"}).out,
            "changed shop-payments-success-7d\n"
            "before: 95% of all requests over a rolling 7-day window are served successfully.\n"
            "after: 99% of all requests over a rolling 7-day window are served successfully.\n"
            "1 of every 100 requests may fail.\n");
}

TEST_F(DiveVerbs, what_dive_refuses_of_a_command_line_is_wrong_usage) {
  dive.answer("POST /objectives", 400, R"({"error":"100% leaves no budget","hint":"say 99.99%"})");
  const Ran ran = run({"objective", "set", "svc/payments", "--success", "100%"});
  EXPECT_EQ(ran.code, kExitUsage);
  EXPECT_EQ(ran.err, "error: 100% leaves no budget\nhint: say 99.99%\n");
}

TEST_F(DiveVerbs, an_objective_that_is_not_there_fails_with_a_hint) {
  const Ran ran = run({"objective", "show", "a/b"});
  EXPECT_EQ(ran.code, kExitFailure);
  EXPECT_EQ(ran.err, "error: there is no such thing\nhint: ask for another\n");
  EXPECT_EQ(dive.last().line, "GET /api/v1/objectives/a%2Fb");
}

TEST_F(DiveVerbs, wrong_flags_ask_nobody) {
  refuses({"objective", "set", "svc/payments"}, "what is the goal?");
  refuses({"objective", "set", "payments", "--success", "99%"}, "is no target");
  refuses({"objective", "set", "svc/payments", "--sucess", "99%"}, "objective set: ");
  refuses({"objective", "set"}, "see seine objective set --help");
  refuses({"objective", "sett"}, "did you mean seine objective set?");
  refuses({"objective", "list", "-o", "yaml"}, "is not one of table, wide, json");
  refuses({"objective", "apply"}, "which file?");
  refuses({"objective", "apply", "-f", "/nowhere"}, "/nowhere");
  refuses({"objective", "export", "--format", "xml"}, "is not one of yaml, openslo");
  refuses({"event", "add", "title"}, "what is it about?");
  refuses({"event", "add", "title", "--about", "svc/a", "--at", "noon"}, "is no time");
  refuses(
      {"event", "add", "t", "--about", "svc/a", "--description", "d", "--description-file", "f"},
      "not both");
  refuses({"event", "list", "--last", "yesterday"}, "is no time back");
  refuses({"event", "comment", "process.4"}, "TEXT");
  refuses({"dashboard", "--port", "99999"}, "is no port");
}

TEST_F(DiveVerbs, a_group_alone_is_a_question_for_help) {
  for (const char* group : {"objective", "event", "dive"}) {
    const Ran ran = run({group});
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr(std::string("Usage: seine ") + group));
  }
  EXPECT_THAT(run({"objective", "set", "--help"}).out,
              HasSubstr("seine objective set svc/payments"));
}

TEST_F(DiveVerbs, objectives_are_listed_and_as_json_are_a_list) {
  dive.answer("GET /objectives", 200,
              R"({"objectives":[)" + std::string(testing::kPayments) + "]}");
  EXPECT_THAT(run({"objective", "list"}).out, HasSubstr("shop-payments-success-7d"));
  EXPECT_THAT(run({"objective", "list", "-o", "json"}).out,
              StartsWith(R"([{"name":"shop-payments-success-7d",)"));
  dive.answer("GET /objectives", 200, R"({"objectives":[]})");
  const Ran none = run({"objective", "list"});
  EXPECT_EQ(none.code, 0);
  EXPECT_THAT(none.err, HasSubstr("There are no objectives."));
  EXPECT_EQ(run({"objective", "list", "-o", "json"}).out, "[]\n");
}

TEST_F(DiveVerbs, an_answer_of_another_version_is_called_so) {
  dive.answer("GET /objectives", 200, R"({"goals":[]})");
  const Ran ran = run({"objective", "list"});
  EXPECT_EQ(ran.code, kExitFailure);
  EXPECT_THAT(ran.err, HasSubstr("has no \"objectives\"; is it of this version?"));
}

TEST_F(DiveVerbs, an_objective_is_shown_with_its_evidence) {
  dive.answer("GET /objectives/shop-payments-success-7d", 200, std::string(testing::kPayments));
  dive.answer("GET /objectives/shop-payments-success-7d/evidence", 200,
              std::string(testing::kEvidence));
  const Ran ran = run({"objective", "show", "shop-payments-success-7d"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("HTTP 503"));
  const auto json =
      json::parse(run({"objective", "show", "shop-payments-success-7d", "-o", "json"}).out);
  ASSERT_TRUE(json);
  ASSERT_NE(json->find("evidence"), nullptr);
  EXPECT_NE(json->find("evidence")->find("groups"), nullptr);
}

TEST_F(DiveVerbs, a_card_is_shown_also_where_the_evidence_cannot_be) {
  dive.answer("GET /objectives/a", 200, std::string(testing::kPayments));
  dive.answer("GET /objectives/a/evidence", 503, R"({"error":"the store is busy","hint":""})");
  const Ran ran = run({"objective", "show", "a"});
  EXPECT_EQ(ran.code, kExitFailure);
  EXPECT_THAT(ran.out, HasSubstr("-289.7%"));
  EXPECT_EQ(ran.err, "error: the store is busy\n");
}

TEST_F(DiveVerbs, an_objective_is_removed) {
  dive.answer("DELETE /objectives/a", 204, "");
  const Ran ran = run({"objective", "remove", "a"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "removed a\n");
}

TEST_F(DiveVerbs, a_file_is_applied) {
  write("o.yaml", "objectives:\n  - \"x\"\n");
  dive.answer("POST /objectives/apply", 200,
              R"({"results":[{"name":"a","action":"created","dry_run":true,"warnings":["late"]},)"
              R"({"name":"b","action":"unchanged","dry_run":true,"warnings":[]}],)"
              R"("notes":["o.yaml:3: \"annotations\" are not kept"]})");
  const Ran ran = run({"objective", "apply", "-f", dive.dir() + "/o.yaml", "--dry-run"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "would be created a\nwould stay unchanged b\n");
  EXPECT_EQ(ran.err, "warning: a: late\nnote: o.yaml:3: \"annotations\" are not kept\n");
  EXPECT_EQ(dive.last().body, R"({"file":")" + dive.dir() +
                                  R"(/o.yaml","text":"objectives:\n  - \"x\"\n","dry_run":true})");
}

TEST_F(DiveVerbs, a_file_that_no_dive_would_read_is_not_sent) {
  write("big", std::string((1 << 20) + 1, 'x'));
  refuses({"objective", "apply", "-f", dive.dir() + "/big"}, "has more than 1024 KiB");
  write("bytes", "\xff\xfe");
  refuses({"objective", "apply", "-f", dive.dir() + "/bytes"}, "is not UTF-8");
}

TEST_F(DiveVerbs, objectives_are_exported_byte_by_byte) {
  dive.answer("GET /objectives/export?format=openslo", 200, R"({"text":"a: \"\u202e\"\n"})");
  EXPECT_EQ(run({"objective", "export", "--format", "openslo"}).out, "a: \"\xe2\x80\xae\"\n");
}

TEST_F(DiveVerbs, goals_are_proposed) {
  dive.answer("POST /objectives/propose", 200,
              R"({"objective":"","history":"","goals":[{"goal":"99%","met":"100%",)"
              R"("left_now":"61%","may_still_fail":"11","recommended":true,"own":false}]})");
  const Ran ran = run({"objective", "propose", "svc/payments", "-n", "shop"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              HasSubstr("Set it:  seine objective set svc/payments -n shop --success 99%\n"));
  EXPECT_EQ(dive.last().body, R"({"service":"payments","namespace":"shop"})");
}

TEST_F(DiveVerbs, an_event_is_told) {
  dive.answer("POST /events", 200, std::string(testing::kMove));
  const Ran ran =
      run({"event", "add", "Deploy", "--about", "svc/payments", "--about", "ns/shop", "-n", "shop",
           "--cluster", "demo", "--description", "d", "--at", "2026-01-01T00:30:00Z"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "scheduled process.4: Deploy payments from staging to QA\n");
  EXPECT_EQ(dive.last().body,
            R"({"title":"Deploy","about":["svc/payments","ns/shop"],"description":"d",)"
            R"("cluster":"demo","namespace":"shop","starts_ms":1767227400000})");
}

TEST_F(DiveVerbs, an_event_is_told_afterwards_unless_that_is_too_late) {
  const std::string asked =
      R"({"title":"Node X was drained","about":["cluster"],"starts_ms":1766585100000})";
  dive.answer("POST /events", 201, std::string(testing::kRollout));
  const Ran told = run(
      {"event", "add", "Node X was drained", "--about", "cluster", "--at", "2025-12-24T14:05:00Z"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("ongoing "));
  EXPECT_EQ(dive.last().body, asked);
  dive.answer("POST /events", 400,
              R"({"error":"2025-12-24T14:05:00.000Z is longer ago than events are kept"})");
  const Ran refused = run(
      {"event", "add", "Node X was drained", "--about", "cluster", "--at", "2025-12-24T14:05:00Z"});
  EXPECT_EQ(refused.code, 64);
  EXPECT_THAT(refused.err, HasSubstr("is longer ago than events are kept"));
}

TEST_F(DiveVerbs, an_event_is_started_concluded_and_commented) {
  for (const char* step : {"start", "conclude"}) {
    dive.answer(std::string("POST /events/process.4/") + step, 200, std::string(testing::kMove));
    EXPECT_EQ(run({"event", step, "process.4"}).out,
              "scheduled process.4: Deploy payments from staging to QA\n");
  }
  dive.answer("POST /events/process.4/comments", 200, std::string(testing::kMove));
  EXPECT_EQ(run({"event", "comment", "process.4", "half \"way\""}).out, "commented process.4\n");
  EXPECT_EQ(dive.last().body, R"({"text":"half \"way\""})");
}

TEST_F(DiveVerbs, events_are_listed_over_all_pages) {
  const std::string first = "GET /events?last=7d&kind=rollout&state=ongoing&about=svc%2Fpayments";
  dive.answer(first, 200, R"({"events":[)" + std::string(testing::kRollout) + R"(],"next":"p/2"})");
  dive.answer(first + "&after=p%2F2", 200,
              R"({"events":[)" + std::string(testing::kMove) + R"(],"next":null})");
  const Ran ran = run({"event", "list", "--last", "7d", "--kind", "rollout", "--state", "ongoing",
                       "--about", "svc/payments"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Rolled out v2"));
  EXPECT_THAT(ran.out, HasSubstr("process.4"));
}

// Regression: a service of that name was meant in every namespace and cluster.
TEST_F(DiveVerbs, events_are_listed_of_one_target) {
  const std::string all = "GET /api/v1/events?last=24h&about=";
  run({"event", "list", "--about", "svc/web", "-n", "shop", "--cluster", "east"});
  EXPECT_EQ(dive.last().line, all + "svc%2Fweb&namespace=shop&cluster=east");
  run({"event", "list", "--about", "web"});
  EXPECT_EQ(dive.last().line, all + "svc%2Fweb");
  run({"event", "list", "--about", "cluster"});
  EXPECT_EQ(dive.last().line, all + "cluster");
  run({"event", "list", "-n", "shop"});
  EXPECT_EQ(dive.last().line, all + "ns%2Fshop&namespace=shop");
  run({"event", "list", "--cluster", "east"});
  EXPECT_EQ(dive.last().line, all + "cluster&cluster=east");
  const Ran nope = run({"event", "list", "--about", "ns/nope"});
  EXPECT_EQ(nope.code, kExitFailure);
  EXPECT_EQ(nope.err, "error: there is no such thing\nhint: ask for another\n");
}

TEST_F(DiveVerbs, events_that_never_end_are_cut_off_and_said_to_be) {
  dive.answer("GET /events?last=24h", 200, R"({"events":[],"next":"p"})");
  dive.answer("GET /events?last=24h&after=p", 200, R"({"events":[],"next":"p"})");
  const Ran ran = run({"event", "list"});
  EXPECT_THAT(ran.err, HasSubstr("There are more"));
  EXPECT_EQ(dive.asked().size(), 20U);
}

TEST_F(DiveVerbs, an_event_is_shown) {
  dive.answer("GET /events/process.4", 200, std::string(testing::kMove));
  EXPECT_THAT(run({"event", "show", "process.4"}).out, HasSubstr("  QA is ready.\n"));
}

TEST_F(DiveVerbs, json_drives_no_terminal_and_says_the_same) {
  dive.answer("GET /events/a", 200, R"({"title":"\u001b[2J\u009b\u202e\udb40\udc41 é"})");
  EXPECT_EQ(run({"event", "show", "a", "-o", "json"}).out,
            R"({"title":"\u001b[2J\u009b\u202e\udb40\udc41 é"})"
            "\n");
}

TEST_F(DiveVerbs, the_dashboard_is_a_link_that_is_good_once) {
  dive.answer("POST /links", 200, R"({"path":"/sign-in?link=abc"})");
  const Ran early = run({"dashboard"});
  EXPECT_EQ(early.code, kExitFailure);
  EXPECT_THAT(early.err, HasSubstr("has not said where browsers reach it"));
  write("dive/web.json", R"({"url":"http://127.0.0.1:50750"})");
  EXPECT_EQ(run({"dashboard"}).out, "http://127.0.0.1:50750/sign-in?link=abc\n");
  EXPECT_EQ(run({"dashboard", "--show-url", "--port", "8080"}).out,
            "http://127.0.0.1:8080/sign-in?link=abc\n");
  dive.answer("POST /links", 200, R"({"path":"//evil.example/"})");
  EXPECT_EQ(run({"dashboard"}).code, kExitFailure);
}

TEST_F(DiveVerbs, the_dashboard_is_the_meshs_own_where_dive_does_not_run) {
  FakeDive pages("/registry", "/pages.sock");
  pages.answer("POST /links", 201, R"({"path":"/sign-in?link=own"})");
  ASSERT_TRUE(create_file(pages.dir() + "/web.json", R"({"url":"http://127.0.0.1:50750"})", 0600));
  const auto lock = MeshLock::take(MeshFolder{pages.dir()});
  ASSERT_TRUE(lock) << lock.error().to_string();
  const Ran ran = testing::run_seine(pages.dir(), {"dashboard"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "http://127.0.0.1:50750/sign-in?link=own\n");
  EXPECT_EQ(ran.err, "Dive does not run here; these are the controller's own pages.\n");
  const Ran asked = testing::run_seine(pages.dir(), {"dashboard", "--mesh"});
  EXPECT_EQ(asked.out, "http://127.0.0.1:50750/sign-in?link=own\n");
  EXPECT_EQ(asked.err, "");
}

TEST_F(DiveVerbs, no_dashboard_is_said_to_be_dives_absence) {
  const auto lock = MeshLock::take(MeshFolder{dive.dir() + "/other"});
  ASSERT_TRUE(lock) << lock.error().to_string();
  const Ran ran = testing::run_seine(dive.dir() + "/other", {"dashboard"});
  EXPECT_EQ(ran.code, kExitFailure);
  EXPECT_THAT(ran.err, HasSubstr("Dive does not run in the mesh in"));
  const Ran mesh = testing::run_seine(dive.dir() + "/other", {"dashboard", "--mesh"});
  EXPECT_EQ(mesh.code, kExitFailure);
  EXPECT_THAT(mesh.err, HasSubstr("the controller's dashboard does not run in the mesh in"));
}

TEST_F(DiveVerbs, the_status_is_of_clusters_and_objectives) {
  dive.answer("GET /session", 200, R"({"user":"c","version":"edge-1.2.3","can_edit":true})");
  dive.answer("GET /clusters", 200,
              R"({"clusters":[{"name":"demo","connected":true,"last_seen_ms":1,)"
              R"("agent_version":"edge-1"}]})");
  dive.answer("GET /objectives", 200, R"({"objectives":[{"state":"healthy"}]})");
  const Ran ran = run({"dive", "status"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("connected"));
  EXPECT_THAT(run({"dive", "status", "-o", "json"}).out,
              HasSubstr(R"("objectives":{"healthy":1})"));
}

TEST_F(DiveVerbs, a_token_is_printed_alone) {
  dive.answer("POST /join-tokens", 200, R"({"token":"abc","expires_ms":1767225600000})");
  const Ran ran = run({"dive", "join-token", "--cluster", "east"});
  EXPECT_EQ(ran.out, "abc\n");
  EXPECT_EQ(ran.err, "Good once, until 2026-01-01T00:00:00Z.\n");
  EXPECT_EQ(dive.last().body, R"({"cluster":"east"})");
}

TEST_F(DiveVerbs, completion_knows_names_through_the_socket) {
  dive.answer("GET /objectives", 200,
              R"({"objectives":[{"name":"pay","state":"healthy"},{"name":"pay `x`"},)"
              R"({"name":"web"}]})");
  dive.answer("GET /events?last=7d", 200, R"({"events":[{"id":"process.4","title":"a\tb"}]})");
  EXPECT_EQ(run({"__complete", "--", "--dir", dive.dir(), "objective", "show", "p"}).out,
            "pay\thealthy\n");
  EXPECT_EQ(run({"__complete", "--", "event", "conclude", ""}).out, "process.4\ta\\x09b\n");
  EXPECT_EQ(run({"__complete", "--", "objective", "set", ""}).out, "");
}

TEST_F(DiveVerbs, completion_asks_the_mesh_of_the_line_that_is_written) {
  dive.answer("GET /objectives", 200, R"({"objectives":[{"name":"pay","state":"healthy"}]})");
  const auto complete = [&](std::vector<std::string> line) {
    line.insert(line.begin(), "--");
    line.insert(line.begin(), "__complete");
    return testing::run_seine("/nowhere", std::move(line)).out;
  };
  EXPECT_EQ(complete({"--dir", dive.dir(), "objective", "show", ""}), "pay\thealthy\n");
  EXPECT_EQ(complete({"objective", "show", "--dir=" + dive.dir(), ""}), "pay\thealthy\n");
  EXPECT_EQ(complete({"objective", "show", ""}), "");
}

TEST_F(DiveVerbs, a_backup_is_the_work_of_seine_dive) {
  ASSERT_EQ(::mkdir((dive.dir() + "/bin").c_str(), 0700), 0);
  write("bin/seine-dive", "#!/bin/sh\nfor word; do echo \"<$word>\" >&2; done\nexit 7\n", 0700);
  const auto exec = [&](std::vector<std::string> arguments) {
    // Without the capturing of run(): the program takes the place of this one.
    std::vector<const char*> argv{"seine", "--dir", dive.dir().c_str()};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const std::string path = "PATH=" + dive.dir() + "/bin";
    const char* const environment[] = {path.c_str(), nullptr};
    std::exit(run_cli(static_cast<int>(argv.size()), argv.data(), environment, "edge-1.2.3"));
  };
  EXPECT_EXIT(exec({"dive", "backup", "out file", "--database", "postgres://h/d"}),
              ::testing::ExitedWithCode(7),
              "<backup>\n<--state-dir>\n<.*/dive>\n<--database>\n<postgres://h/d>\n<out file>");
  EXPECT_EXIT(exec({"dive", "restore", "in"}), ::testing::ExitedWithCode(7),
              "<restore>\n<--state-dir>\n<.*/dive>\n<in>");
}

}  // namespace
}  // namespace seine::cli
