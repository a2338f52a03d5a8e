// SPDX-License-Identifier: Apache-2.0
#include "control/registry/lease_registry.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "control/registry/registry_limits.h"
#include "control/testing/registry_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::announce;

const IpAddress kElsewhere = IpAddress::v4(0x7f000001);

class CountingWaker final : public runtime::Wakeable {
 public:
  void on_wake() override { ++count; }
  int count = 0;
};

class LeaseRegistryTest : public ::testing::Test {
 protected:
  LeaseRegistryTest() { start(); }
  ~LeaseRegistryTest() override {
    registry_.reset();
    ::close(log_fd_);
  }
  std::string file(const char* name) const { return folder_ + "/" + name; }
  std::string logged() const { return read_file(folder_ + "/log", 1 << 20).value(); }
  bool counted(std::string_view line) { return metrics_.scrape().find(line) != std::string::npos; }

  Result<void> try_start() {
    registry_.reset();
    auto directory = RegistryDirectory::open(folder_);
    if (!directory) return fail(directory.error());
    auto registry = LeaseRegistry::open(t_.loop, log_, metrics_, names_, testing::make_scope(),
                                        *std::move(directory));
    if (!registry) return fail(registry.error());
    registry_ = *std::move(registry);
    return {};
  }
  void start() {
    const auto started = try_start();
    ASSERT_TRUE(started) << started.error().message;
  }
  Result<Joined> try_join(const char* workload, std::string token) {
    return registry_->join(token, announce(workload, {{.number = 8080}}), std::nullopt);
  }
  Joined join(const char* workload = "web") {
    auto joined = try_join(workload, registry_->create_join_token({}, kJoinTokenLife).value_or(""));
    EXPECT_TRUE(joined) << joined.error().message;
    return joined.value_or(Joined{});
  }
  Result<bool> renew(const Joined& who) {
    return registry_->renew(who.lease, who.secret, {.listening = {8080}, .proxy_ready = true});
  }
  // Renews each second.
  void live(const Joined& who, Duration time) {
    for (; time > Duration::zero(); time -= seconds(1)) {
      t_.advance(seconds(1));
      ASSERT_TRUE(renew(who));
    }
  }
  std::string token_of(const Joined& who) {
    return registry_->issue_token(who.lease, who.secret).value().token;
  }
  std::string refusal(const std::string& token, const IpAddress& from = kElsewhere) {
    const auto lease = registry_->review(token, from);
    if (lease) return "";
    EXPECT_EQ(lease.error().code, ErrorCode::kUnauthorized);
    return lease.error().message;
  }
  bool published(const Joined& who) const {
    const PodRef ref = registry_->current()->find_pod("shop", who.pod);
    return ref.pod != nullptr && ref.pod->serves(8080);
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("leases").value();
  const std::string& folder_ = temporary_.path();
  const int log_fd_ = ::open((folder_ + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
  metrics::Registry metrics_{t_.clock, 1};
  const MeshNames names_;
  std::unique_ptr<LeaseRegistry> registry_;
};

TEST_F(LeaseRegistryTest, lets_one_process_in_for_a_token) {
  const std::string token = registry_->create_join_token({}, kJoinTokenLife).value();
  ASSERT_TRUE(try_join("web", token));
  const auto again = try_join("web", token);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kUnauthorized);
  EXPECT_NE(again.error().message.find("used already"), std::string::npos);
  EXPECT_TRUE(counted("seine_registry_joins_total{outcome=\"ok\"} 1"));
  EXPECT_TRUE(counted("seine_registry_joins_total{outcome=\"unauthorized\"} 1"));
  EXPECT_TRUE(counted("seine_registry_leases 1"));
}

TEST_F(LeaseRegistryTest, does_not_use_a_token_up_on_a_join_that_fails) {
  const std::string token = registry_->create_join_token({}, kJoinTokenLife).value();
  EXPECT_EQ(registry_->join(token, {.ns = "shop", .workload = "Web"}, {}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(try_join("web", token));
}

TEST_F(LeaseRegistryTest, limits_how_often_processes_join) {
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    const auto joined = try_join("web", "no token");
    refused += joined.error().code == ErrorCode::kRateLimited ? 1 : 0;
  }
  EXPECT_EQ(refused, 100);
  t_.advance(seconds(1));
  EXPECT_EQ(try_join("web", "no token").error().code, ErrorCode::kUnauthorized);
}

TEST_F(LeaseRegistryTest, tells_the_mesh_when_a_pod_becomes_ready_and_when_its_lease_ends) {
  const Joined joined = join();
  CountingWaker waker;
  ChangeNotifier::Watch watch;
  registry_->changes().arm(watch, waker);
  ASSERT_TRUE(renew(joined));
  EXPECT_EQ(waker.count, 1);
  EXPECT_TRUE(published(joined));
  registry_->changes().arm(watch, waker);
  ASSERT_TRUE(renew(joined));
  EXPECT_EQ(waker.count, 1) << "nothing changed";
  t_.advance(seconds(5) - milliseconds(250));
  EXPECT_TRUE(published(joined));
  t_.advance(milliseconds(500));
  EXPECT_FALSE(published(joined));
  EXPECT_EQ(waker.count, 2);
  EXPECT_EQ(renew(joined).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(counted("seine_registry_lease_expirations_total 1"));
}

TEST_F(LeaseRegistryTest, keeps_a_lease_that_is_renewed_whatever_the_wall_clock_does) {
  const Joined joined = join();
  for (const Duration jump : {Duration(hours(5)), Duration(-hours(9)), Duration(seconds(7))}) {
    t_.clock.jump_wall(jump);
    live(joined, seconds(4));
  }
  EXPECT_TRUE(published(joined));
}

TEST_F(LeaseRegistryTest, ends_nobodys_lease_for_the_time_it_was_stopped_itself) {
  const Joined joined = join();
  ASSERT_TRUE(renew(joined));
  t_.clock.advance(minutes(1));
  t_.settle();
  EXPECT_TRUE(published(joined));
  t_.advance(seconds(3));
  EXPECT_TRUE(renew(joined));
  t_.advance(seconds(6));
  EXPECT_FALSE(published(joined));
}

TEST_F(LeaseRegistryTest, goes_on_after_a_restart_with_a_fresh_term_for_everyone) {
  const Joined joined = join();
  ASSERT_TRUE(renew(joined));
  t_.advance(seconds(4));
  const std::string token = token_of(joined);
  start();
  EXPECT_TRUE(published(joined)) << "as it was, without waiting for a renewal";
  EXPECT_EQ(refusal(token), "");
  t_.advance(seconds(4));
  EXPECT_TRUE(renew(joined));
  live(joined, seconds(3));
  EXPECT_TRUE(published(joined));
  t_.advance(seconds(6));
  EXPECT_FALSE(published(joined));
}

TEST_F(LeaseRegistryTest, keeps_addresses_of_services_over_their_end_and_a_restart) {
  const Joined before = join();
  ASSERT_TRUE(registry_->leave(before.lease, before.secret, true));
  start();
  const Joined after = join();
  EXPECT_EQ(after.service_ips, before.service_ips);
  EXPECT_NE(after.ips, before.ips);
}

TEST_F(LeaseRegistryTest, forgets_join_tokens_with_a_restart) {
  const std::string token = registry_->create_join_token({}, kJoinTokenLife).value();
  start();
  EXPECT_NE(try_join("web", token).error().message.find("unknown"), std::string::npos);
}

TEST_F(LeaseRegistryTest, takes_the_tokens_it_issued_to_pods_that_live) {
  const Joined web = join();
  const Joined db = join("db");
  const std::string token = token_of(web);
  const auto lease = registry_->review(token + "\n", web.ips[0]);
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(lease->announced.service_account, "web");
  EXPECT_EQ(refusal(token, web.ips[1]), "");
  EXPECT_EQ(refusal(token, kElsewhere), "") << "an address that is no pod's says nothing";
  EXPECT_NE(refusal(token, db.ips[0]).find("shown by another"), std::string::npos);
  EXPECT_NE(refusal(token, db.ips[1]).find("shown by another"), std::string::npos);
  std::string altered = token;
  altered[altered.size() - 3] ^= 1;
  EXPECT_NE(refusal(altered).find("altered"), std::string::npos);
  EXPECT_NE(refusal(""), "");
  ASSERT_TRUE(registry_->leave(web.lease, web.secret, true));
  EXPECT_NE(refusal(token).find("over"), std::string::npos);
  EXPECT_EQ(logged().find(token), std::string::npos);
  EXPECT_TRUE(counted("seine_registry_token_reviews_total{outcome=\"unauthorized\"} 5"));
}

TEST_F(LeaseRegistryTest, gives_tokens_that_end_after_ten_minutes_and_a_clock_skew) {
  const Joined joined = join();
  const std::string token = token_of(joined);
  live(joined, minutes(14));
  EXPECT_EQ(refusal(token), "");
  live(joined, minutes(2));
  EXPECT_NE(refusal(token).find("expired"), std::string::npos);
}

TEST_F(LeaseRegistryTest, gives_no_token_without_a_lease) {
  const Joined joined = join();
  EXPECT_EQ(registry_->issue_token(joined.lease, "guess").error().code, ErrorCode::kUnauthorized);
  t_.advance(seconds(6));
  EXPECT_EQ(registry_->issue_token(joined.lease, joined.secret).error().code, ErrorCode::kNotFound);
}

TEST_F(LeaseRegistryTest, says_when_a_new_token_is_due) {
  const Joined joined = join();
  EXPECT_TRUE(*renew(joined)) << "it has none";
  token_of(joined);
  EXPECT_FALSE(*renew(joined));
  live(joined, minutes(5));
  EXPECT_FALSE(*renew(joined));
  live(joined, seconds(1));
  EXPECT_TRUE(*renew(joined)) << "half its life is over";
  token_of(joined);
  t_.clock.jump_wall(-hours(1));
  EXPECT_TRUE(*renew(joined)) << "the clock was set back, so the token is from the future";
  token_of(joined);
  EXPECT_FALSE(*renew(joined));
}

TEST_F(LeaseRegistryTest, goes_on_from_memory_while_the_disk_refuses_and_says_so_once) {
  // A directory in the way of the file that is written first: an error that root meets too.
  std::filesystem::create_directory(file("registry.json.tmp"));
  const Joined joined = join();
  live(joined, seconds(12));
  EXPECT_TRUE(published(joined));
  EXPECT_TRUE(counted("seine_registry_unwritten 1"));
  const std::string log = logged();
  const std::size_t said = log.find("cannot be written");
  EXPECT_NE(said, std::string::npos) << log;
  EXPECT_EQ(log.find("cannot be written", said + 1), std::string::npos) << log;
  std::filesystem::remove(file("registry.json.tmp"));
  live(joined, seconds(6));
  EXPECT_TRUE(counted("seine_registry_unwritten 0"));
  EXPECT_NE(logged().find("written to disk again"), std::string::npos);
  start();
  EXPECT_TRUE(published(joined));
}

TEST_F(LeaseRegistryTest, writes_no_file_that_it_would_not_read) {
  join();
  const std::string before = read_file(file("registry.json"), 1 << 20).value();
  const auto stored = registry_->directory().store(std::string(kMaxRegistryBytes + 1, ' '));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kLimit);
  EXPECT_EQ(read_file(file("registry.json"), 1 << 20).value(), before);
}

TEST_F(LeaseRegistryTest, moves_a_damaged_file_aside_and_lets_everyone_join_again) {
  const Joined joined = join();
  registry_.reset();
  const std::string whole = read_file(file("registry.json"), 1 << 20).value();
  const std::string half = whole.substr(0, whole.size() / 2);
  ASSERT_TRUE(replace_file(file("registry.json"), half, 0600));
  start();
  EXPECT_EQ(read_file(file("registry.json.corrupt"), 1 << 20).value(), half);
  EXPECT_NE(logged().find("moved aside"), std::string::npos);
  EXPECT_EQ(renew(joined).error().code, ErrorCode::kNotFound);
  const auto again = registry_->join(registry_->create_join_token({}, kJoinTokenLife).value(),
                                     announce("web", {{.number = 8080}}),
                                     PodClaim{.pod = joined.pod, .ip = joined.ips[0]});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->ips, joined.ips);
  EXPECT_EQ(again->service_ips, joined.service_ips);
}

TEST_F(LeaseRegistryTest, does_not_touch_the_file_of_a_newer_version) {
  registry_.reset();
  const std::string newer = R"({"version": 2, "more": {}})";
  ASSERT_TRUE(replace_file(file("registry.json"), newer, 0600));
  const auto started = try_start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(started.error().message.find("registry.json: was written by a newer"),
            std::string::npos);
  EXPECT_EQ(read_file(file("registry.json"), 1 << 20).value(), newer);
}

TEST_F(LeaseRegistryTest, writes_its_files_for_its_owner_alone) {
  join();
  for (const char* name : {"registry.json", "token.key"}) {
    EXPECT_EQ(std::filesystem::status(file(name)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << name;
  }
}

TEST_F(LeaseRegistryTest, has_its_directory_to_itself) {
  const auto second = RegistryDirectory::open(folder_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message, folder_ + " is in use by another seine-controller");
  registry_.reset();
  std::filesystem::permissions(folder_, std::filesystem::perms::all);
  EXPECT_NE(try_start().error().message.find("0700"), std::string::npos);
}

TEST_F(LeaseRegistryTest, refuses_a_key_that_others_may_read_or_that_is_none) {
  registry_.reset();
  std::filesystem::permissions(file("token.key"), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_NE(try_start().error().message.find("token.key may be read"), std::string::npos);
  ASSERT_TRUE(replace_file(file("token.key"), "too short\n", 0600));
  EXPECT_NE(try_start().error().message.find("no key"), std::string::npos);
}

}  // namespace
}  // namespace seine::control
