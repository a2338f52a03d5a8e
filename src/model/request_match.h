// SPDX-License-Identifier: Apache-2.0
// Whether a request is one that a rule speaks of, and how precisely it says so.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/regex.h"

namespace seine::model {

// The header fields of a request, wherever they are kept.
class HeaderSource {
 public:
  virtual ~HeaderSource() = default;
  // The `index`-th value of the field `name`, in lower case; nothing beyond the last.
  virtual std::optional<std::string_view> value(std::string_view name, std::size_t index) const = 0;
};

// Borrowed for the length of a call.
struct RequestView {
  std::string_view host;   // without port, in any case
  std::string_view path;   // without query
  std::string_view query;  // without '?', still encoded
  std::string_view method;
  const HeaderSource& headers;
};

// How precise a match is, the most weighty figure first. Greater wins; of equals, the first.
//   HTTP: host kind, host length, path length, headers, query parameters, method
//   gRPC: host kind, host length, service length, method length, headers, 0
using Rank = std::array<std::size_t, 6>;

// An exact name, or every name below a suffix: "example.com" as a suffix is *.example.com.
struct HostMatch {
  enum class Kind : std::uint8_t { kSuffix = 1, kExact = 2 };
  Kind kind = Kind::kExact;
  std::string name;  // lower case

  bool matches(std::string_view host) const;
  friend bool operator==(const HostMatch&, const HostMatch&) = default;
};

struct PathMatch {
  struct Exact {
    std::string path;
    friend bool operator==(const Exact&, const Exact&) = default;
  };
  // On segment boundaries: /a and /a/ both cover /a, /a/ and /a/b, and not /ab.
  struct Prefix {
    std::string path;
    friend bool operator==(const Prefix&, const Prefix&) = default;
  };
  std::variant<Exact, Prefix, Regex> kind;

  // How many bytes of `path` it speaks of; nothing if it does not match.
  std::optional<std::size_t> match(std::string_view path) const;
  friend bool operator==(const PathMatch&, const PathMatch&) = default;
};

// Of a header field or a query parameter.
struct ValueMatch {
  std::string name;  // of a header: in lower case
  std::variant<std::string, Regex> value;

  bool accepts(std::string_view text) const;
  friend bool operator==(const ValueMatch&, const ValueMatch&) = default;
};

// All that is set must hold; of a repeated field, one value is enough.
struct HttpMatch {
  std::optional<PathMatch> path;
  std::vector<ValueMatch> headers;
  std::vector<ValueMatch> query;
  std::optional<std::string> method;

  // The last four figures of the rank, with zeroes before them.
  std::optional<Rank> match(const RequestView& request) const;
  friend bool operator==(const HttpMatch&, const HttpMatch&) = default;
};

// An empty name matches any.
struct GrpcMatch {
  std::string service;
  std::string method;
  std::vector<ValueMatch> headers;

  std::optional<Rank> match(const RequestView& request) const;
  friend bool operator==(const GrpcMatch&, const GrpcMatch&) = default;
};

}  // namespace seine::model
