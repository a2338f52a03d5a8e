// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/decode_tap_match.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using Request = io::linkerd::proxy::tap::ObserveRequest;
using Match = Request::Match;

std::string refusal(const Request& request) {
  const Result<TapMatch> match = decode_tap_match(request);
  if (match) return "taken";
  EXPECT_EQ(match.error().code, ErrorCode::kInvalidArgument);
  return match.error().message;
}

TEST(DecodeTapMatch, no_match_is_every_request) {
  EXPECT_EQ(decode_tap_match({}).value(), TapMatch{TapMatch::All{}});
}

TEST(DecodeTapMatch, an_empty_match_is_refused) {
  Request request;
  request.mutable_match();
  EXPECT_EQ(refusal(request), "match: an empty one says nothing");
  request.mutable_match()->mutable_http();
  EXPECT_EQ(refusal(request), "match: http says nothing");
  request.mutable_match()->mutable_http()->mutable_path();
  EXPECT_EQ(refusal(request), "match: the path is neither exact nor a prefix");
  request.mutable_match()->mutable_source();
  EXPECT_EQ(refusal(request), "match: neither a network nor ports");
}

TEST(DecodeTapMatch, every_kind_is_taken) {
  Request request;
  auto& all = *request.mutable_match()->mutable_all();
  all.add_matches()->mutable_any();
  all.add_matches()->mutable_not_()->mutable_http()->mutable_method()->set_registered(
      io::linkerd::proxy::http_types::HttpMethod::POST);
  auto& net = *all.add_matches()->mutable_source()->mutable_netmask();
  net.mutable_ip()->set_ipv4(0x0a000000);
  net.set_mask(8);
  all.add_matches()->mutable_destination()->mutable_ports()->set_min(80);
  all.add_matches()->mutable_http()->mutable_scheme()->set_registered(
      io::linkerd::proxy::http_types::Scheme::HTTPS);
  all.add_matches()->mutable_http()->mutable_path()->set_prefix("/a");
  all.add_matches()->mutable_http()->mutable_authority()->set_exact("web");
  all.add_matches()->mutable_http()->mutable_method()->set_unregistered("BREW");
  auto& label = *all.add_matches()->mutable_route_label();
  label.set_key("route");
  label.set_value("x");

  using Part = TapMatch::Part;
  TapMatch::All wanted;
  wanted.of.push_back({TapMatch::Any{}});
  wanted.of.push_back({TapMatch::Not{{{TapMatch::Text{Part::kMethod, false, "POST"}}}}});
  wanted.of.push_back(
      {TapMatch::Network{TapMatch::End::kSource, IpNet::parse("10.0.0.0/8").value()}});
  wanted.of.push_back({TapMatch::Ports{TapMatch::End::kDestination, 80, 80}});
  wanted.of.push_back({TapMatch::Text{Part::kScheme, false, "https"}});
  wanted.of.push_back({TapMatch::Text{Part::kPath, true, "/a"}});
  wanted.of.push_back({TapMatch::Text{Part::kAuthority, false, "web"}});
  wanted.of.push_back({TapMatch::Text{Part::kMethod, false, "BREW"}});
  wanted.of.push_back({TapMatch::Label{true, "route", "x"}});
  EXPECT_EQ(decode_tap_match(request).value(), TapMatch{wanted});
}

TEST(DecodeTapMatch, networks_and_ports_that_are_none_are_refused) {
  Request request;
  auto& net = *request.mutable_match()->mutable_source()->mutable_netmask();
  net.mutable_ip()->set_ipv4(0x0a000001);
  EXPECT_EQ(refusal(request), "match: 10.0.0.1/0 is no network");
  net.set_mask(33);
  EXPECT_EQ(refusal(request), "match: 10.0.0.1/33 is no network");
  net.set_mask(32);
  EXPECT_EQ(refusal(request), "taken");
  auto& ports = *request.mutable_match()->mutable_source()->mutable_ports();
  EXPECT_EQ(refusal(request), "match: ports from 0 to 0");
  ports.set_min(81);
  ports.set_max(80);
  EXPECT_EQ(refusal(request), "match: ports from 81 to 80");
  ports.set_max(70'000);
  EXPECT_EQ(refusal(request), "match: ports from 81 to 70000");
}

TEST(DecodeTapMatch, depth_parts_and_texts_have_limits) {
  Request deep;
  Match* inner = deep.mutable_match();
  for (std::size_t i = 1; i < kMaxTapMatchDepth; ++i) inner = inner->mutable_not_();
  inner->mutable_all();
  EXPECT_EQ(refusal(deep), "taken");
  inner->mutable_not_()->mutable_all();
  EXPECT_EQ(refusal(deep), "match: it is nested too deeply");

  Request wide;
  for (std::size_t i = 1; i < kMaxTapMatchParts; ++i) {
    wide.mutable_match()->mutable_any()->add_matches()->mutable_all();
  }
  EXPECT_EQ(refusal(wide), "taken");
  wide.mutable_match()->mutable_any()->add_matches()->mutable_all();
  EXPECT_EQ(refusal(wide), "match: it has too many parts");

  Request wordy;
  auto& path = *wordy.mutable_match()->mutable_http()->mutable_path();
  path.set_exact(std::string(kMaxTapMatchText, 'x'));
  EXPECT_EQ(refusal(wordy), "taken");
  path.set_exact(std::string(kMaxTapMatchText + 1, 'x'));
  EXPECT_EQ(refusal(wordy), "match: the path is longer than 4096 bytes");
}

}  // namespace
}  // namespace seine::proxy
