// SPDX-License-Identifier: Apache-2.0
#include "control/registry/announcement.h"

#include <gtest/gtest.h>

#include "control/registry/registry_limits.h"

namespace seine::control {
namespace {

Announcement web() {
  return {.ns = "shop", .workload = "web", .ports = {{.number = 8080}}};
}

// The sentence for `web` with one thing changed; empty if it is taken.
template <class Change>
std::string refusal(Change change) {
  Announcement announcement = web();
  change(announcement);
  const auto checked = check_announcement(std::move(announcement), MeshNames{});
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  return checked.error().message;
}

TEST(Announcement, fills_in_service_and_service_account) {
  const auto checked = check_announcement(web(), MeshNames{});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->service, "web");
  EXPECT_EQ(checked->service_account, "web");
}

TEST(Announcement, takes_names_that_are_dns_labels) {
  for (const char* good : {"a", "0", "a-b", "web2", "9to5"}) {
    EXPECT_EQ(refusal([&](Announcement& a) { a.workload = good; }), "") << good;
  }
  for (const char* bad : {"", "A", "a.b", "-a", "a-", "a_b", "a b", "\xc3\xa4"}) {
    EXPECT_NE(refusal([&](Announcement& a) { a.workload = bad; }), "") << bad;
    EXPECT_NE(refusal([&](Announcement& a) { a.ns = bad; }), "") << bad;
  }
}

TEST(Announcement, says_which_name_is_wrong_and_what_is_right) {
  EXPECT_EQ(refusal([](Announcement& a) { a.ns = "Shop\n"; }),
            "the namespace \"Shop\\x0a\" must be 1 to 63 lower-case letters, digits and '-', "
            "opening and closing with a letter or a digit");
  EXPECT_EQ(refusal([](Announcement& a) { a.workload = std::string(57, 'a'); }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.workload = std::string(58, 'a'); }).find("1 to 57"),
            std::string::npos);
}

TEST(Announcement, lets_nobody_pose_as_the_control_plane) {
  EXPECT_EQ(refusal([](Announcement& a) {
              a.ns = "linkerd";
              a.workload = "linkerd-destination";
            }),
            "the namespace \"linkerd\" is the control plane's own; take another");
}

TEST(Announcement, keeps_numbers_of_ports_apart_from_each_other_and_from_the_proxys) {
  EXPECT_EQ(refusal([](Announcement& a) { a.ports.push_back({.number = 8080}); }),
            "the port \"8080\" stands twice");
  EXPECT_EQ(refusal([](Announcement& a) { a.ports.push_back({.number = 4143}); }),
            "the port \"4143\" is one of the proxy's own: 4140, 4143, 4190 and 4191");
  EXPECT_EQ(refusal([](Announcement& a) { a.published = {0}; }),
            "the published port \"0\" must be from 1 to 65535");
  EXPECT_EQ(refusal([](Announcement& a) { a.published = {8080, 9999}; }), "");
}

TEST(Announcement, has_a_limit_on_everything) {
  const auto number = [](std::size_t i) { return static_cast<std::uint16_t>(10'000 + i); };
  EXPECT_NE(refusal([&](Announcement& a) {
              for (std::size_t i = 0; i < kMaxDeclaredPorts; ++i) {
                a.ports.push_back({.number = number(i)});
              }
            }),
            "");
  EXPECT_NE(refusal([&](Announcement& a) {
              for (std::size_t i = 0; i <= kMaxPublishedPorts; ++i) {
                a.published.push_back(number(i));
              }
            }),
            "");
  EXPECT_NE(refusal([](Announcement& a) {
              for (std::size_t i = 0; i <= kMaxLabels; ++i) a.labels["k" + std::to_string(i)] = "v";
            }),
            "");
  EXPECT_NE(refusal([](Announcement& a) { a.labels[std::string(64, 'k')] = "v"; }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.labels["k"] = std::string(64, 'v'); }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.version = std::string(64, '1'); }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.ports[0].probes.assign(17, "/a"); }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.ports[0].probes = {"/" + std::string(256, 'a')}; }),
            "");
}

TEST(Announcement, takes_labels_versions_and_probes_as_people_write_them) {
  EXPECT_EQ(refusal([](Announcement& a) {
              a.labels = {{"app.kubernetes.io/part-of", "shop"}, {"empty", ""}};
              a.version = "v1.2.3-rc.1+build5";
              a.ports[0].probes = {"/", "/healthz", "/a/b.c~d"};
            }),
            "");
  EXPECT_NE(refusal([](Announcement& a) { a.labels["-k"] = "v"; }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.labels["k"] = "a b"; }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.version = "v 1"; }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.ports[0].probes = {"healthz"}; }), "");
  EXPECT_NE(refusal([](Announcement& a) { a.ports[0].probes = {"/a?b"}; }), "");
}

TEST(Announcement, names_each_route_once) {
  using Routes = std::vector<model::DeclaredRoute>;
  EXPECT_EQ(refusal([](Announcement& a) { a.routes = {{"a", "GET", "/a"}, {"b", "", "/a"}}; }), "");
  EXPECT_EQ(refusal([](Announcement& a) { a.routes = {{"a", "GET", "/a"}, {"a", "GET", "/b"}}; }),
            "the route \"a=GET:/b\" has another's name");
  EXPECT_EQ(refusal([](Announcement& a) { a.routes = Routes(33, {"a", "GET", "/a"}); }),
            "a program has at most 32 routes");
}

TEST(Announcement, must_fit_into_the_name_of_a_certificate) {
  MeshNames names;
  for (int i = 0; i < 3; ++i) names.trust_domain += "." + std::string(50, 'd');
  Announcement announcement = web();
  announcement.service_account = std::string(63, 'a');
  EXPECT_FALSE(check_announcement(announcement, names));
}

}  // namespace
}  // namespace seine::control
