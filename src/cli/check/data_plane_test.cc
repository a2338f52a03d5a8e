// SPDX-License-Identifier: Apache-2.0
#include "cli/check/data_plane.h"

#include <gtest/gtest.h>

#include <chrono>

namespace seine::cli {
namespace {

namespace api = seine::registry::v1;
namespace telemetry = seine::telemetry::v1;
using Lines = std::vector<std::string>;

api::ListedPod& add_pod(api::ListResponse& list, const std::string& ns, const std::string& name,
                        const std::string& version) {
  api::ListedWorkload& workload = *list.add_workloads();
  workload.set_namespace_(ns);
  api::ListedPod& pod = *workload.add_pods();
  pod.set_name(name);
  pod.set_version(version);
  pod.set_proxy_ready(true);
  return pod;
}

telemetry::Source& add_source(telemetry::ReadResponse& window, const std::string& ns,
                              const std::string& pod, const std::string& proxy_version) {
  telemetry::Source& source = *window.add_sources();
  source.mutable_reporter()->set_namespace_(ns);
  source.mutable_reporter()->set_pod(pod);
  source.mutable_reporter()->set_proxy_version(proxy_version);
  source.set_running(true);
  return source;
}

TEST(DataPlane, names_every_proxy_that_is_not_ready_of_the_namespace_asked_for) {
  api::ListResponse list;
  add_pod(list, "shop", "web-1", "v1");
  add_pod(list, "shop", "web-2", "v2").set_proxy_ready(false);
  add_pod(list, "shop", "web-3", "").set_proxy_ready(false);
  add_pod(list, "other", "job-1", "v9").set_proxy_ready(false);
  EXPECT_EQ(unready_proxies(list, ""),
            (Lines{"shop/web-2 (v2)", "shop/web-3", "other/job-1 (v9)"}));
  EXPECT_EQ(unready_proxies(list, "shop"), (Lines{"shop/web-2 (v2)", "shop/web-3"}));
}

TEST(DataPlane, does_not_wait_for_pods_that_are_about_to_go) {
  api::ListResponse list;
  api::ListedPod& pod = add_pod(list, "shop", "web-1", "v1");
  pod.set_proxy_ready(false);
  pod.set_leaving(true);
  pod.add_ports()->set_number(8080);
  EXPECT_TRUE(unready_proxies(list, "").empty());
  EXPECT_TRUE(deaf_pods(list, "").empty());
}

TEST(DataPlane, names_the_declared_ports_that_nobody_listens_on) {
  api::ListResponse list;
  api::ListedPod& pod = add_pod(list, "shop", "web-1", "v1");
  for (const unsigned port : {8080U, 8081U, 8082U}) pod.add_ports()->set_number(port);
  pod.add_listening(8081);
  EXPECT_EQ(deaf_pods(list, ""), (Lines{"shop/web-1 (v1) does not listen on 8080, 8082"}));
  pod.add_listening(8080);
  pod.add_listening(8082);
  EXPECT_TRUE(deaf_pods(list, "").empty());
}

TEST(DataPlane, names_every_running_proxy_that_has_been_silent_for_too_long) {
  constexpr std::int64_t kNow = 1'767'225'600;
  telemetry::ReadResponse window;
  const auto add = [&](const char* pod, std::int64_t known, std::int64_t heard) -> auto& {
    telemetry::Source& source = add_source(window, "shop", pod, "edge-26.11.1");
    source.mutable_known_since()->set_seconds(kNow - known);
    if (heard >= 0) source.mutable_last_report()->set_seconds(kNow - heard);
    return source;
  };
  add("web-1", 300, 29);
  add("web-2", 300, 31);
  add("web-3", 29, -1);
  add("web-4", 31, -1);
  add("web-5", 31, -1).set_running(false);
  // Heard by an earlier controller.
  add("web-6", 20, 300);
  const WallTime now(std::chrono::seconds{kNow});
  add_source(window, "shop", "web-7", "edge-26.11.1");  // joined a moment ago
  const Lines silent{"shop/web-2 (edge-26.11.1)", "shop/web-4 (edge-26.11.1)"};
  EXPECT_EQ(silent_proxies(window, "", now), silent);
  EXPECT_TRUE(silent_proxies(window, "other", now).empty());
  for (telemetry::Source& source : *window.mutable_sources()) {
    source.mutable_reporter()->mutable_interval()->set_seconds(1);
  }
  EXPECT_EQ(silent_proxies(window, "", now), silent) << "30 s at least";
  window.mutable_sources(1)->mutable_reporter()->mutable_interval()->set_seconds(12);
  EXPECT_EQ(silent_proxies(window, "", now), Lines{silent[1]})
      << "who reports seldom may say nothing for longer";
}

TEST(DataPlane, names_every_proxy_of_another_version_not_only_the_first) {
  telemetry::ReadResponse window;
  add_source(window, "shop", "web-1", "edge-26.10.4");
  add_source(window, "shop", "web-2", "edge-26.11.1");
  add_source(window, "mail", "box-1", "edge-26.9.2");
  add_source(window, "mail", "box-2", "");
  EXPECT_EQ(other_versions(window, "", "edge-26.11.1"),
            (Lines{"shop/web-1 (edge-26.10.4)", "mail/box-1 (edge-26.9.2)"}));
}

}  // namespace
}  // namespace seine::cli
