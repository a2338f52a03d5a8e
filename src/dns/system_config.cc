// SPDX-License-Identifier: Apache-2.0
#include "dns/system_config.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace seine::dns {
namespace {

// The next word of `line`, which is cut to what follows it; empty at its end.
std::string_view next_word(std::string_view& line) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t start = line.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return line = {};
  const std::size_t end = std::min(line.find_first_of(kSpace, start), line.size());
  const std::string_view word = line.substr(start, end - start);
  line.remove_prefix(end);
  return word;
}

// Calls visit(line) for each line without its comment.
template <class Visit>
void for_each_line(std::string_view text, std::string_view comment_marks, Visit visit) {
  text = text.substr(0, kMaxSystemFileBytes);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line = line.substr(0, line.find_first_of(comment_marks));
    visit(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// "ndots:5" into `out`, kept within [low, high].
void read_option(std::string_view word, std::string_view name, int low, int high, int& out) {
  if (!word.starts_with(name)) return;
  word.remove_prefix(name.size());
  int value = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  if (result.ec == std::errc() && result.ptr == word.data() + word.size()) {
    out = std::clamp(value, low, high);
  }
}

void read_search(std::string_view line, ResolvConf& conf) {
  conf.search.clear();
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    auto name = Name::from_text(word);
    if (name && conf.search.size() < ResolvConf::kMaxSearch) {
      conf.search.push_back(std::move(*name));
    }
  }
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf conf;
  for_each_line(text, "#;", [&conf](std::string_view line) {
    const std::string_view keyword = next_word(line);
    if (keyword == "nameserver") {
      const auto ip = IpAddress::parse(next_word(line));
      if (ip && conf.servers.size() < ResolvConf::kMaxServers) conf.servers.push_back({*ip, 53});
    } else if (keyword == "search" || keyword == "domain") {
      read_search(line, conf);
    } else if (keyword == "options") {
      int timeout = static_cast<int>(conf.timeout.count());
      for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
        read_option(word, "ndots:", 0, ResolvConf::kMaxNdots, conf.ndots);
        read_option(word, "timeout:", 1, 30, timeout);
        read_option(word, "attempts:", 1, 5, conf.attempts);
      }
      conf.timeout = std::chrono::seconds(timeout);
    }
  });
  return conf;
}

Hosts::Hosts()
    : loopback_{IpAddress::v4(0x7f000001), IpAddress::parse("::1").value_or(IpAddress())},
      localhost_(Name::from_text("localhost").value_or(Name())) {}

Hosts Hosts::parse(std::string_view text) {
  Hosts hosts;
  for_each_line(text, "#", [&hosts](std::string_view line) {
    const auto ip = IpAddress::parse(next_word(line));
    if (!ip) return;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      auto name = Name::from_text(word);
      if (!name) continue;
      if (hosts.by_name_.size() >= kMaxNames && !hosts.by_name_.contains(*name)) return;
      std::vector<IpAddress>& ips = hosts.by_name_[std::move(*name)];
      if (std::ranges::find(ips, *ip) == ips.end()) ips.push_back(*ip);
    }
  });
  return hosts;
}

const std::vector<IpAddress>* Hosts::find(const Name& name) const {
  if (name.is_within(localhost_)) return &loopback_;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

}  // namespace seine::dns
