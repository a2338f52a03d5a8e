// SPDX-License-Identifier: Apache-2.0
// What a route does to requests besides sending them somewhere, as values; the proxy applies them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace seine::model {

// Applied in the order add, set, remove. Names are in lower case.
struct HeaderModifier {
  std::vector<std::pair<std::string, std::string>> add;
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> remove;
  friend bool operator==(const HeaderModifier&, const HeaderModifier&) = default;
};
struct RequestHeaderModifier : HeaderModifier {
  friend bool operator==(const RequestHeaderModifier&, const RequestHeaderModifier&) = default;
};
struct ResponseHeaderModifier : HeaderModifier {
  friend bool operator==(const ResponseHeaderModifier&, const ResponseHeaderModifier&) = default;
};

// What is unset is taken from the request.
struct Redirect {
  // kPrefix replaces what the matching prefix covered, so its rule matches by prefix.
  enum class Path : std::uint8_t { kKeep, kFull, kPrefix };
  std::string scheme;
  std::string host;
  Path path = Path::kKeep;
  std::string path_text;
  std::optional<std::uint16_t> port;
  std::uint16_t status = 301;
  friend bool operator==(const Redirect&, const Redirect&) = default;
};

// Answers numerator out of denominator requests itself.
struct FailureInjector {
  bool grpc = false;
  std::uint16_t status = 0;  // an HTTP status, or a gRPC code
  std::string message;
  std::uint32_t numerator = 1;
  std::uint32_t denominator = 1;  // never 0
  friend bool operator==(const FailureInjector&, const FailureInjector&) = default;
};

using Filter =
    std::variant<FailureInjector, RequestHeaderModifier, ResponseHeaderModifier, Redirect>;

// Of opaque and TLS routes: every connection fails.
struct TcpFilter {
  enum class Kind : std::uint8_t { kForbidden, kInvalidBackend };
  Kind kind = Kind::kForbidden;
  std::string message;
  friend bool operator==(const TcpFilter&, const TcpFilter&) = default;
};

}  // namespace seine::model
