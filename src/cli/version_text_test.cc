// SPDX-License-Identifier: Apache-2.0
#include "cli/version_text.h"

#include "gtest/gtest.h"

namespace seine::cli {
namespace {

using seine::telemetry::v1::ReadResponse;

void add(ReadResponse& window, const std::string& ns, const std::string& version,
         bool running = true) {
  auto& source = *window.add_sources();
  source.set_running(running);
  source.mutable_reporter()->set_namespace_(ns);
  source.mutable_reporter()->set_proxy_version(version);
}

ReadResponse shop() {
  ReadResponse window;
  add(window, "shop", "edge-26.11.1");
  add(window, "shop", "edge-26.11.2");
  add(window, "shop", "edge-26.10.1", /*running=*/false);
  add(window, "test", "edge-26.11.2");
  add(window, "test", "");
  return window;
}

TEST(VersionText, proxies_are_counted_by_their_versions) {
  const Versions versions{
      .client = "edge-26.11.2", .server = "edge-26.11.2", .proxies = count_proxies(shop(), "")};
  EXPECT_EQ(version_text(versions, false),
            "Client version: edge-26.11.2\n"
            "Server version: edge-26.11.2\n"
            "Proxy versions:\n"
            "\tedge-26.11.1 (1 pods)\n"
            "\tedge-26.11.2 (2 pods)\n"
            "\tunknown (1 pods)\n");
  EXPECT_EQ(version_json(versions, false),
            R"({"client":"edge-26.11.2","server":"edge-26.11.2","proxies":[)"
            R"({"version":"edge-26.11.1","pods":1},{"version":"edge-26.11.2","pods":2},)"
            R"({"version":"unknown","pods":1}]})"
            "\n");
}

TEST(VersionText, a_namespace_chooses_its_pods) {
  EXPECT_EQ(count_proxies(shop(), "shop").size(), 2U);
  EXPECT_TRUE(count_proxies(shop(), "nowhere").empty());
}

TEST(VersionText, who_does_not_answer_is_unavailable) {
  EXPECT_EQ(version_text({.client = "a"}, false),
            "Client version: a\nServer version: unavailable\n");
  EXPECT_EQ(version_text({.client = "a", .server = "b", .proxies = count_proxies({}, "")}, false),
            "Client version: a\nServer version: b\nProxy versions: unavailable\n");
  EXPECT_EQ(version_json({.client = "a"}, false),
            "{\"client\":\"a\",\"server\":\"unavailable\"}\n");
}

TEST(VersionText, of_the_client_alone_nothing_else_is_said) {
  EXPECT_EQ(version_text({.client = "a", .server = "b"}, true), "Client version: a\n");
  EXPECT_EQ(version_json({.client = "a", .server = "b"}, true), "{\"client\":\"a\"}\n");
}

TEST(VersionText, what_a_proxy_says_of_itself_cannot_drive_a_terminal) {
  ReadResponse window;
  add(window, "shop", "\x1b[2J");
  const std::string text =
      version_text({.client = "a", .proxies = count_proxies(window, "")}, false);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

}  // namespace
}  // namespace seine::cli
