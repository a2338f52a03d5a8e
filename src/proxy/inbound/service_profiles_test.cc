// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/service_profiles.h"

#include "gtest/gtest.h"

#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using testing::request_for;
using testing::WorkerLab;

Config config_of_profiles() {
  Config config = testing::worker_config();
  config.profile_suffixes = {"svc.cluster.local."};
  config.profile_initial_timeout = 500ms;
  return config;
}

model::ProfileRoute route_of(std::string path, std::string name) {
  model::ProfileRoute route;
  route.condition = {.kind = model::ProfileRequestMatch::Kind::kPath,
                     .path = model::Regex::compile(path).value()};
  route.labels = {{"route", std::move(name)}};
  return route;
}

// A worker whose names are looked up by nobody: a test publishes what they have.
struct ProfilesLab : WorkerLab {
  ProfilesLab() : WorkerLab(config_of_profiles()) {}

  struct Finding {
    Finding(ProfilesLab& lab, const std::string& host, std::string path = "/")
        : request(request_for(host)), scope(lab.t.loop, [](Error) {}) {
      request.head.path = std::move(path);
      scope.spawn(run(*this, lab.routes));
      lab.t.settle();
    }
    static runtime::Task<void> run(Finding& self, ProfileRoutes& routes) {
      self.use = co_await routes.find(self.request.head);
    }
    http::Request request;
    std::optional<ProfileRoutes::Use> use;
    runtime::TaskScope scope;
  };
  void publish(const std::string& name, std::vector<model::ProfileRoute> routes_of) {
    model::Profile profile;
    profile.fully_qualified_name = name.substr(0, name.find(':'));
    profile.routes = std::move(routes_of);
    cache.publish(name, std::make_shared<const model::Profile>(std::move(profile)));
  }

  std::vector<std::string> asked;
  ProfileCache cache{t.loop, 90s, [this](const std::string& name) { asked.push_back(name); },
                     [](const auto&) {}};
  ServiceProfiles profiles{context, cache};
  ProfileRoutes routes{context, profiles};
};

constexpr char kWeb[] = "web.shop.svc.cluster.local";
constexpr char kWebKey[] = "web.shop.svc.cluster.local:80";

TEST(ServiceProfiles, are_of_names_under_the_suffixes) {
  const std::vector<std::string> suffixes{"svc.cluster.local.", "example.com"};
  EXPECT_TRUE(is_under("web.shop.svc.cluster.local", suffixes));
  EXPECT_TRUE(is_under("example.com", suffixes));
  EXPECT_FALSE(is_under("badexample.com", suffixes));
  EXPECT_FALSE(is_under("svc.cluster.local.evil", suffixes));
  EXPECT_TRUE(is_under("anything", {"."}));
  EXPECT_FALSE(is_under("anything", {}));
}

TEST(ServiceProfiles, a_request_waits_for_its_profile_and_finds_its_route) {
  ProfilesLab lab;
  ProfilesLab::Finding finding(lab, kWeb, "/books/1?page=2");
  EXPECT_FALSE(finding.use);
  lab.publish(kWebKey, {route_of("/authors/.*", "authors"), route_of("/books/[^/]*", "books")});
  lab.t.settle();
  ASSERT_TRUE(finding.use && finding.use->series);
  finding.use->series->count_request();
  EXPECT_TRUE(lab.registry.scrape().contains(
      "route_request_total{direction=\"inbound\",dst=\"web.shop.svc.cluster.local:80\","
      "rt_route=\"books\"} 1"));
  const ProfilesLab::Finding other(lab, kWeb, "/nowhere");
  ASSERT_TRUE(other.use);
  EXPECT_FALSE(other.use->series);
}

TEST(ServiceProfiles, a_late_profile_is_done_without_and_its_name_waited_for_once) {
  ProfilesLab lab;
  const ProfilesLab::Finding first(lab, kWeb);
  lab.t.advance(490ms);
  EXPECT_FALSE(first.use);
  lab.t.advance(20ms);
  ASSERT_TRUE(first.use);
  EXPECT_FALSE(first.use->series);
  const ProfilesLab::Finding second(lab, kWeb);
  ASSERT_TRUE(second.use);
  lab.publish(kWebKey, {route_of(".*", "all")});
  const ProfilesLab::Finding third(lab, kWeb);
  ASSERT_TRUE(third.use);
  EXPECT_TRUE(third.use->series);
  EXPECT_EQ(lab.asked, std::vector<std::string>{kWebKey});
}

TEST(ServiceProfiles, a_control_plane_that_is_away_is_waited_for_once_whatever_names_are_used) {
  ProfilesLab lab;
  std::optional<ProfilesLab::Finding> first;
  first.emplace(lab, kWeb);
  lab.t.advance(510ms);
  ASSERT_TRUE(first->use);
  // Other names, other connections, and the same name after all of its connections have gone.
  const ProfilesLab::Finding other(lab, "api.shop.svc.cluster.local");
  EXPECT_TRUE(other.use);
  first.reset();
  lab.routes.~ProfileRoutes();
  new (&lab.routes) ProfileRoutes(lab.context, lab.profiles);
  const ProfilesLab::Finding again(lab, kWeb);
  EXPECT_TRUE(again.use);

  lab.publish(kWebKey, {route_of(".*", "all")});
  const ProfilesLab::Finding back(lab, "new.shop.svc.cluster.local");
  EXPECT_FALSE(back.use);  // answers come again, so this name is waited for
  lab.publish("new.shop.svc.cluster.local:80", {route_of(".*", "all")});
  lab.t.settle();
  ASSERT_TRUE(back.use);
  EXPECT_TRUE(back.use->series);
}

TEST(ServiceProfiles, other_names_and_addresses_are_not_asked_for) {
  ProfilesLab lab;
  for (const char* host : {"web.example.com", "10.0.0.1", "web"}) {
    const ProfilesLab::Finding finding(lab, host);
    ASSERT_TRUE(finding.use) << host;
    EXPECT_FALSE(finding.use->series);
  }
  EXPECT_TRUE(lab.asked.empty());
}

TEST(ServiceProfiles, names_that_clients_make_up_have_a_bound) {
  ProfilesLab lab;
  for (int i = 0; i < 1'200; ++i) {
    const ProfilesLab::Finding finding(lab, "w" + std::to_string(i) + ".svc.cluster.local");
  }
  EXPECT_EQ(lab.asked.size(), kMaxInboundProfiles);
  EXPECT_LE(lab.cache.size(), kMaxInboundProfiles);
  EXPECT_TRUE(lab.registry.scrape().contains(
      "seine_inbound_profile_refusals_total{reason=\"limit\"} 200\n"));
  // Names that are known already keep their profiles.
  lab.publish("w7.svc.cluster.local:80", {route_of(".*", "all")});
  const ProfilesLab::Finding known(lab, "w7.svc.cluster.local");
  ASSERT_TRUE(known.use);
  EXPECT_TRUE(known.use->series);
}

TEST(ServiceProfiles, response_classes_say_what_a_success_is) {
  model::ProfileRoute route = route_of(".*", "all");
  route.response_classes = {
      {.condition = {.kind = model::ProfileResponseMatch::Kind::kStatus, .first = 404, .last = 404},
       .is_failure = true}};
  const ProfileRoutes::Use use{.series = nullptr, .profile = nullptr, .route = &route};
  EXPECT_EQ(use.success(404), std::optional(false));
  EXPECT_EQ(use.success(500), std::nullopt);
  EXPECT_EQ(ProfileRoutes::Use().success(404), std::nullopt);
}

}  // namespace
}  // namespace seine::proxy
