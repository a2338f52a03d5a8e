// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/objective.h"

#include <set>

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

TEST(Objective, of_a_service_is_taken) {
  EXPECT_TRUE(check_objective(objective("99%")));
}

TEST(Objective, may_be_described_in_any_script) {
  Objective described = objective("99%");
  described.description = "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d <b>\n\t\xf0\x9f\x90\x9f";
  EXPECT_TRUE(check_objective(described));
  for (const char* bad : {"\xff", "\x1b[1m", "\xe2\x80\xae", "\n"}) {
    described.description = bad;
    EXPECT_FALSE(check_objective(described));
  }
  described.description = std::string(kMaxDescription + 1, 'a');
  EXPECT_FALSE(check_objective(described));
}

TEST(Objective, refuses_what_no_service_is_called) {
  for (const std::string& bad : {std::string(), std::string("Payments"), std::string("-a"),
                                 std::string("a b"), std::string("a.b"), std::string(64, 'a')}) {
    Objective wrong = objective("99%");
    wrong.subject.name = bad;
    const auto checked = check_objective(wrong);
    ASSERT_FALSE(checked) << bad;
    EXPECT_TRUE(checked.error().message.contains("' is no name of a service: write"))
        << checked.error().message;
  }
}

TEST(Objective, of_a_workload_may_have_the_longest_name) {
  Objective long_one = objective("99%");
  long_one.subject.kind = Subject::Kind::kWorkload;
  long_one.subject.name = std::string(253, 'a');
  EXPECT_TRUE(check_objective(long_one));
  long_one.name = default_name(long_one);
  EXPECT_EQ(long_one.name.size(), kMaxObjectiveName);
  EXPECT_TRUE(check_objective(long_one));
}

TEST(Objective, refuses_thresholds_that_no_histogram_tells) {
  Objective wrong = objective("99%");
  for (const Duration bad :
       {Duration(0), Duration(std::chrono::microseconds(1500)), Duration(std::chrono::hours(2))}) {
    wrong.latency = bad;
    EXPECT_FALSE(check_objective(wrong));
  }
}

std::string refusal_of(const Objective& wrong) {
  const auto checked = check_new_objective(wrong);
  return checked ? "taken" : checked.error().message;
}

TEST(Objective, is_refused_in_a_sentence_of_what_and_what_to_write) {
  Objective wrong = objective("99%");
  wrong.latency = Duration(0);
  EXPECT_EQ(refusal_of(wrong),
            "a latency of 0 cannot be promised: write whole milliseconds from 1ms to 1h, such as "
            "50ms");
  wrong = objective("99%");
  wrong.subject.ns = "A_";
  EXPECT_EQ(refusal_of(wrong),
            "'A_' is no name of a namespace: write lower case letters, digits and '-', at most 63");
  wrong = objective("99%");
  wrong.subject.name = std::string(3000, 'x');
  EXPECT_LT(refusal_of(wrong).size(), 200U);
  wrong = objective("99%");
  wrong.subject.environment = "a b";
  EXPECT_TRUE(refusal_of(wrong).starts_with("'a b' is no environment: write")) << refusal_of(wrong);
}

// Regression: GET /objectives/export is what all are exported by, so that one of this name could
// not be shown.
TEST(Objective, is_not_called_as_all_of_them_are_exported) {
  Objective wrong = objective("99%");
  wrong.name = "export";
  EXPECT_EQ(refusal_of(wrong),
            "an objective cannot be called 'export', under which all of them are exported: give it "
            "another name");
  EXPECT_TRUE(check_objective(wrong)) << "one that was kept before can be read";
}

TEST(Objective, of_a_month_is_in_a_time_zone_that_means_the_same_everywhere) {
  const auto answer = [](const char* zone) {
    return refusal_of(objective("99%", std::string("month ") + zone));
  };
  EXPECT_EQ(answer("UTC"), "taken");
  EXPECT_EQ(answer("Europe/Berlin"), "taken");
  EXPECT_EQ(
      answer("posix/Europe/Berlin"),
      "'posix/Europe/Berlin' is a copy of a time zone under another name: write Europe/Berlin");
  EXPECT_EQ(answer("right/UTC"),
            "'right/UTC' is a copy of a time zone under another name: write UTC");
  for (const char* file : {"Factory", "localtime", "posixrules"}) {
    EXPECT_EQ(answer(file), "'" + std::string(file) +
                                "' is not a time zone that means the same everywhere: write one "
                                "such as UTC or Europe/Berlin");
  }
}

// Regression: of two zones the second objective took the place of the first.
TEST(Objective, of_a_month_is_named_after_its_time_zone) {
  std::set<std::string> names;
  const auto name_in = [&names](const std::string& zone) {
    Objective of = objective("99%", "month " + zone);
    of.name = default_name(of);
    EXPECT_TRUE(check_objective(of)) << of.name;
    EXPECT_TRUE(names.insert(of.name).second) << of.name;
    return of.name;
  };
  EXPECT_EQ(name_in("UTC"), "shop-payments-success-month");
  EXPECT_EQ(name_in("Europe/Berlin"), "shop-payments-success-month-europe-berlin");
  EXPECT_EQ(name_in("Etc/GMT+5"), "shop-payments-success-month-etc-gmtplus5");
  EXPECT_EQ(name_in("Etc/GMT-5"), "shop-payments-success-month-etc-gmt-5");
  EXPECT_TRUE(
      name_in("America/Argentina/ComodRivadavia").starts_with("shop-payments-success-month"));
  EXPECT_TRUE(name_in("America/Argentina/Buenos_Aires").starts_with("shop-payments-success-month"));
  Objective longest = objective("99%", "month America/Argentina/ComodRivadavia");
  longest.latency = std::chrono::milliseconds(3'599'999);
  longest.subject.name = std::string(63, 'a');
  longest.name = default_name(longest);
  EXPECT_EQ(longest.name.size(), kMaxObjectiveName);
  EXPECT_TRUE(check_objective(longest)) << longest.name;
}

TEST(Objective, is_named_after_what_it_says) {
  EXPECT_EQ(default_name(objective("99%")), "shop-payments-success-7d");
  Objective quick = objective("99%", "month");
  quick.latency = std::chrono::milliseconds(50);
  quick.subject.ns = "default";
  EXPECT_EQ(default_name(quick), "payments-latency-50ms-month");
  quick.subject = {.kind = Subject::Kind::kWorkload,
                   .ns = "shop",
                   .name = "web",
                   .route = "gateway.networking.k8s.io/HTTPRoute/purchase",
                   .environment = "qa"};
  EXPECT_EQ(default_name(quick), "shop-web-workload-purchase-qa-latency-50ms-month");
}

TEST(Objective, is_named_otherwise_than_one_of_another_subject) {
  Objective of = objective("99%");
  std::set<std::string> names{default_name(of)};
  const auto is_new = [&](Subject subject) {
    of.subject = std::move(subject);
    const std::string name = default_name(of);
    of.name = name;
    EXPECT_TRUE(check_objective(of)) << name;
    return names.insert(name).second;
  };
  const Subject payments = objective("99%").subject;
  const auto with = [&](auto change) {
    Subject subject = payments;
    change(subject);
    return subject;
  };
  EXPECT_TRUE(is_new(with([](Subject& s) { s.ns = "default"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.ns = "billing"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.kind = Subject::Kind::kWorkload; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.route = "a/HTTPRoute/purchase"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.route = "a/HTTPRoute/refund"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.environment = "qa"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.environment = "QA"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.environment = "Qa"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.name = std::string(62, 'a') + "b"; })));
  EXPECT_TRUE(is_new(with([](Subject& s) { s.name = std::string(62, 'a') + "c"; })));
}

}  // namespace
}  // namespace seine::dive
