// SPDX-License-Identifier: Apache-2.0
// Reading typed values out of environment variables. Every problem is collected with the name of
// its variable, so that a start with three mistakes names three, not one. A secret's value is never
// part of a message.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"

namespace seine::proxy {

using Environment = std::map<std::string, std::string, std::less<>>;

// A value longer than this is refused, whatever it is (trust bundles are the longest).
inline constexpr std::size_t kMaxVariableSize = 1024 * 1024;

class EnvironmentReader {
 public:
  explicit EnvironmentReader(const Environment& environment) : environment_(environment) {}

  // Names are without the prefix LINKERD2_PROXY_, unless they begin with SEINE_ or LINKERD2_.
  // Unset and empty are the same: absent.
  std::optional<std::string_view> text(std::string_view name);
  // One of another family, by its whole name.
  std::optional<std::string_view> foreign(std::string_view name) const;
  // Whether it is there, be it empty.
  bool is_set(std::string_view name) const;
  std::string_view required_text(std::string_view name);
  // true/false, as Linkerd reads them: any letter case.
  bool flag(std::string_view name, bool fallback);
  Duration duration(std::string_view name, Duration fallback);
  std::uint64_t number(std::string_view name, std::uint64_t fallback, std::uint64_t min,
                       std::uint64_t max);
  // From 0.0 to 1.0: digits and one point only.
  double ratio(std::string_view name, double fallback);
  SocketAddr addr(std::string_view name, SocketAddr fallback);
  // Comma-separated, blanks around items allowed; "4567-4570" is a range in a list of ports.
  std::vector<SocketAddr> addrs(std::string_view name, std::size_t most);
  std::set<std::uint16_t> ports(std::string_view name);
  std::vector<IpNet> networks(std::string_view name);
  std::set<IpAddress> ips(std::string_view name);
  std::vector<std::string> names(std::string_view name);
  // As they stand there; empty ones are left out.
  std::vector<std::string> texts(std::string_view name);

  // For checks across variables.
  void refuse(std::string_view name, std::string_view sentence);
  // One sentence per problem, each beginning with the variable's full name.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  template <class T, class Parse>
  std::vector<T> list(std::string_view name, Parse parse);

  const Environment& environment_;
  std::vector<std::string> problems_;
};

}  // namespace seine::proxy
