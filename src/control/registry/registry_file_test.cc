// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_file.h"

#include <gtest/gtest.h>

#include "control/testing/registry_scope.h"

namespace seine::control {
namespace {

using std::chrono::seconds;
using testing::announce;
using testing::make_scope;

RegistryState sample() {
  LeaseTable table(make_scope());
  Announcement announced =
      announce("web", {{.number = 8080, .protocol = PortProtocol::kHttp1, .probes = {"/healthz"}}});
  announced.version = "v1";
  announced.labels = {{"team", "front"}, {"odd", ""}};
  announced.published = {8080, 9999};
  announced.routes = {{"buy", "POST", "/buy"}, {"cart", "", "/cart/*"}};
  const Joined web = table.join(announced, std::nullopt, seconds(0)).value();
  table.renew(web.lease, web.secret, {.listening = {8080}, .proxy_ready = true}, seconds(0))
      .value();
  const Joined gone = table.join(announce("db"), std::nullopt, seconds(0)).value();
  table.leave(gone.lease, gone.secret, true, seconds(0)).value();
  const Joined leaving = table.join(announce("api"), std::nullopt, seconds(0)).value();
  table.leave(leaving.lease, leaving.secret, false, seconds(0)).value();
  return table.state(seconds(0));
}

std::string text() {
  return encode_registry(make_scope(), sample());
}

Error refusal(std::string_view document) {
  const auto parsed = parse_registry(document, make_scope(), MeshNames{});
  EXPECT_FALSE(parsed) << document;
  return parsed ? Error{} : parsed.error();
}

// `from` with the first `part` replaced.
std::string with(std::string from, std::string_view part, std::string_view instead) {
  const std::size_t at = from.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return at == std::string::npos ? from : from.replace(at, part.size(), instead);
}

TEST(RegistryFile, says_the_same_after_writing_and_reading) {
  const RegistryState state = sample();
  const auto parsed = parse_registry(encode_registry(make_scope(), state), make_scope(), {});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->state, state);
  EXPECT_EQ(parsed->foreign, 0u);
  EXPECT_EQ(state.leases.size(), 2u);
  ASSERT_EQ(state.services.size(), 3u);
  EXPECT_EQ(state.services[2].routes.size(), 2u);
  EXPECT_EQ(state.resting.size(), 1u);
}

TEST(RegistryFile, opens_every_entry_with_the_cluster_and_holds_no_secret) {
  LeaseTable table(make_scope());
  const Joined joined = table.join(announce("web"), std::nullopt, seconds(0)).value();
  const std::string written = encode_registry(make_scope(), table.state(seconds(0)));
  EXPECT_NE(written.find(R"("leases":[{"cluster":"test",)"), std::string::npos);
  EXPECT_NE(written.find(R"("services":[{"cluster":"test",)"), std::string::npos);
  EXPECT_EQ(written.find(joined.secret), std::string::npos);
}

TEST(RegistryFile, of_those_who_knew_no_routes_is_whole) {
  RegistryState state = sample();
  for (Lease& lease : state.leases) lease.announced.routes.clear();
  for (KnownService& service : state.services) service.routes.clear();
  const std::string written = encode_registry(make_scope(), state);
  EXPECT_EQ(written.find("routes"), std::string::npos);
  EXPECT_EQ(parse_registry(written, make_scope(), {})->state, state);
}

TEST(RegistryFile, that_is_cut_short_anywhere_is_damaged) {
  const std::string whole = text();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ErrorCode code = refusal(whole.substr(0, size)).code;
    EXPECT_EQ(code, ErrorCode::kInvalidArgument) << size;
  }
}

TEST(RegistryFile, with_an_impossible_entry_is_damaged) {
  const std::string whole = text();
  for (const auto& [part, instead] : {std::pair{"\"port\":8080", "\"port\":4143"},
                                      {"\"port\":8080", "\"port\":99999"},
                                      {"\"protocol\":\"http1\"", "\"protocol\":\"http9\""},
                                      {"\"namespace\":\"shop\"", "\"namespace\":\"Shop\""},
                                      {"\"secret_sha256\":\"", "\"secret_sha256\":\"0"},
                                      {"10.77.0.2", "10.77.0"},
                                      {"buy=POST:/buy", "buy=POST:"},
                                      {"cart=*:/cart/*", "buy=*:/cart/*"},
                                      {"\"ready\":true", "\"ready\":1"},
                                      {"\"version\":1,", "\"version\":0,"},
                                      {"\"next_pod\"", "\"next\""},
                                      {"\"lease\":\"", "\"leese\":\""}}) {
    EXPECT_EQ(refusal(with(whole, part, instead)).code, ErrorCode::kInvalidArgument) << instead;
  }
}

TEST(RegistryFile, that_names_something_twice_is_damaged) {
  const std::string whole = text();
  const RegistryState state = sample();
  RegistryState twice = state;
  twice.leases.push_back(twice.leases[0]);
  EXPECT_NE(refusal(encode_registry(make_scope(), twice)).message.find("stands twice"),
            std::string::npos);
  twice = state;
  twice.leases[1].address = twice.leases[0].address;
  EXPECT_NE(refusal(encode_registry(make_scope(), twice)).message.find("stands twice"),
            std::string::npos);
  twice = state;
  twice.services[1].address = twice.services[0].address;
  EXPECT_NE(refusal(encode_registry(make_scope(), twice)).message.find("stands twice"),
            std::string::npos);
}

TEST(RegistryFile, of_a_newer_version_or_another_cluster_is_whole_but_not_for_us) {
  const Error newer = refusal(with(text(), "\"version\":1", "\"version\":2"));
  EXPECT_EQ(newer.code, ErrorCode::kInvalidConfig);
  EXPECT_NE(newer.message.find("newer"), std::string::npos);
  const Error other = refusal(with(text(), "\"cluster\":\"test\"", "\"cluster\":\"prod\""));
  EXPECT_EQ(other.code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(other.message, "is of cluster \"prod\", and this controller is of \"test\"");
}

TEST(RegistryFile, leaves_out_what_has_addresses_of_another_range) {
  RegistryScope moved = make_scope();
  moved.pods = AddressRange::parse("10.99.0.0/28,fd5e::/64").value();
  const auto parsed = parse_registry(text(), moved, MeshNames{});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->state.leases.empty());
  EXPECT_EQ(parsed->state.services.size(), 3u);
  EXPECT_EQ(parsed->foreign, 2u);
}

}  // namespace
}  // namespace seine::control
