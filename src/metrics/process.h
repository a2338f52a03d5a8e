// SPDX-License-Identifier: Apache-2.0
// What the kernel knows of this process, and which build it is, under Linkerd's names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "metrics/registry.h"

namespace seine::metrics {

// Values of proxy_build_info; empty ones are written as they are.
struct BuildInfo {
  std::string version;
  std::string git_sha;
  std::string profile;
  std::string vendor;
  std::string date;
};

// The process_* families, read from /proc at each scrape; what cannot be read is left out.
// `clock` outlives the collector, whose making counts as the start of the process.
std::unique_ptr<Collector> make_process_collector(const Clock& clock);
std::unique_ptr<Collector> make_build_info_collector(BuildInfo build);

// What is used of /proc/self/stat.
struct ProcessStat {
  std::uint64_t cpu_ticks = 0;  // user and system, of sysconf(_SC_CLK_TCK) a second
  std::uint64_t threads = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};
// Nothing if `text` is not such a line. A command name may hold spaces and parentheses.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// What is used of /proc/self/net/netstat.
struct NetworkOctets {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};
std::optional<NetworkOctets> parse_netstat(std::string_view text);

}  // namespace seine::metrics
