// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/decode_tap_match.h"

#include <array>
#include <string>
#include <utility>

#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::tap;
namespace types = io::linkerd::proxy::http_types;

namespace {

using Match = wire::ObserveRequest::Match;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidArgument, "match: " + std::move(why));
}

Result<std::string> decode_text(std::string_view what, const std::string& text) {
  if (text.size() <= kMaxTapMatchText) return text;
  return refuse(std::string(what) + " is longer than " + std::to_string(kMaxTapMatchText) +
                " bytes");
}

Result<TapMatch> text_match(TapMatch::Part part, bool prefix, std::string_view what,
                            const std::string& text) {
  auto value = decode_text(what, text);
  if (!value) return fail(std::move(value.error()));
  return TapMatch{TapMatch::Text{part, prefix, *std::move(value)}};
}

Result<TapMatch> decode_string(TapMatch::Part part, std::string_view what,
                               const Match::Http::StringMatch& match) {
  switch (match.match_case()) {
    case Match::Http::StringMatch::kExact: return text_match(part, false, what, match.exact());
    case Match::Http::StringMatch::kPrefix: return text_match(part, true, what, match.prefix());
    case Match::Http::StringMatch::MATCH_NOT_SET: break;
  }
  return refuse(std::string(what) + " is neither exact nor a prefix");
}

Result<TapMatch> decode_scheme(const types::Scheme& scheme) {
  if (scheme.type_case() == types::Scheme::kUnregistered) {
    return text_match(TapMatch::Part::kScheme, false, "the scheme", scheme.unregistered());
  }
  const bool tls = scheme.registered() == types::Scheme::HTTPS;
  return text_match(TapMatch::Part::kScheme, false, "the scheme", tls ? "https" : "http");
}

Result<TapMatch> decode_method(const types::HttpMethod& method) {
  constexpr std::array<const char*, 9> kMethods{"GET",     "POST",    "PUT",  "DELETE", "PATCH",
                                                "OPTIONS", "CONNECT", "HEAD", "TRACE"};
  static_assert(types::HttpMethod::TRACE == kMethods.size() - 1, "in the contract's order");
  if (method.type_case() == types::HttpMethod::kUnregistered) {
    return text_match(TapMatch::Part::kMethod, false, "the method", method.unregistered());
  }
  const auto index = static_cast<std::size_t>(method.registered());
  if (index >= kMethods.size()) return refuse("an unknown method");
  return text_match(TapMatch::Part::kMethod, false, "the method", kMethods[index]);
}

Result<TapMatch> decode_http(const Match::Http& http) {
  switch (http.match_case()) {
    case Match::Http::kScheme: return decode_scheme(http.scheme());
    case Match::Http::kAuthority:
      return decode_string(TapMatch::Part::kAuthority, "the authority", http.authority());
    case Match::Http::kMethod: return decode_method(http.method());
    case Match::Http::kPath: return decode_string(TapMatch::Part::kPath, "the path", http.path());
    case Match::Http::MATCH_NOT_SET: break;
  }
  return refuse("http says nothing");
}

Result<TapMatch> decode_tcp(TapMatch::End end, const Match::Tcp& tcp) {
  if (tcp.match_case() == Match::Tcp::kNetmask) {
    const auto ip = decode_ip(tcp.netmask().ip());
    if (!ip) return refuse(ip.error().message);
    // A mask that was not set would be everybody.
    const std::uint32_t prefix = tcp.netmask().mask();
    const auto net = prefix > 0 && prefix <= 128 ? IpNet::make(*ip, prefix) : Result<IpNet>();
    if (prefix == 0 || prefix > 128 || !net) {
      return refuse(ip->to_string() + "/" + std::to_string(prefix) + " is no network");
    }
    return TapMatch{TapMatch::Network{end, *net}};
  }
  if (tcp.match_case() != Match::Tcp::kPorts) return refuse("neither a network nor ports");
  const std::uint32_t min = tcp.ports().min() == 0 ? tcp.ports().max() : tcp.ports().min();
  const std::uint32_t max = tcp.ports().max() == 0 ? tcp.ports().min() : tcp.ports().max();
  if (min == 0 || max > 65'535 || min > max) {
    return refuse("ports from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return TapMatch{
      TapMatch::Ports{end, static_cast<std::uint16_t>(min), static_cast<std::uint16_t>(max)}};
}

Result<TapMatch> decode_label(bool of_route, const Match::Label& label) {
  auto key = decode_text("a label's name", label.key());
  if (!key) return fail(std::move(key.error()));
  auto value = decode_text("a label", label.value());
  if (!value) return fail(std::move(value.error()));
  return TapMatch{TapMatch::Label{of_route, *std::move(key), *std::move(value)}};
}

// What decoding has left of the limits.
struct Budget {
  std::size_t parts = kMaxTapMatchParts;

  Result<TapMatch> decode(const Match& match, std::size_t depth);
  Result<std::vector<TapMatch>> decode(const Match::Seq& seq, std::size_t depth);
};

Result<std::vector<TapMatch>> Budget::decode(const Match::Seq& seq, std::size_t depth) {
  std::vector<TapMatch> out;
  for (const Match& match : seq.matches()) {
    auto one = decode(match, depth + 1);
    if (!one) return fail(std::move(one.error()));
    out.push_back(*std::move(one));
  }
  return out;
}

Result<TapMatch> Budget::decode(const Match& match, std::size_t depth) {
  if (depth > kMaxTapMatchDepth) return refuse("it is nested too deeply");
  if (parts == 0) return refuse("it has too many parts");
  --parts;
  switch (match.match_case()) {
    case Match::kAll: {
      auto all = decode(match.all(), depth);
      if (!all) return fail(std::move(all.error()));
      return TapMatch{TapMatch::All{*std::move(all)}};
    }
    case Match::kAny: {
      auto any = decode(match.any(), depth);
      if (!any) return fail(std::move(any.error()));
      return TapMatch{TapMatch::Any{*std::move(any)}};
    }
    case Match::kNot: {
      auto inverse = decode(match.not_(), depth + 1);
      if (!inverse) return inverse;
      TapMatch::Not out;
      out.of.push_back(*std::move(inverse));
      return TapMatch{std::move(out)};
    }
    case Match::kSource: return decode_tcp(TapMatch::End::kSource, match.source());
    case Match::kDestination: return decode_tcp(TapMatch::End::kDestination, match.destination());
    case Match::kHttp: return decode_http(match.http());
    case Match::kDestinationLabel: return decode_label(false, match.destination_label());
    case Match::kRouteLabel: return decode_label(true, match.route_label());
    case Match::MATCH_NOT_SET: break;
  }
  return refuse("an empty one says nothing");
}

}  // namespace

Result<TapMatch> decode_tap_match(const wire::ObserveRequest& request) {
  if (!request.has_match()) return TapMatch{TapMatch::All{}};
  return Budget().decode(request.match(), 1);
}

}  // namespace seine::proxy
