// SPDX-License-Identifier: Apache-2.0
#include "metrics/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <vector>

namespace seine::metrics {

namespace {

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \n", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string read_file(const char* path) {
  std::string text;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  constexpr std::size_t kLimit = 64 * 1024;
  char buffer[4096];
  ssize_t got = 0;
  while (text.size() < kLimit && (got = read(fd, buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(fd);
  return text;
}

// Open descriptors, without the one that lists them.
std::optional<std::int64_t> count_open_fds() {
  DIR* const dir = opendir("/proc/self/fd");
  if (dir == nullptr) return std::nullopt;
  std::int64_t count = -1;
  while (const dirent* const entry = readdir(dir)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(dir);
  return count;
}

double seconds_since_epoch(WallTime time) {
  return in_seconds(time.time_since_epoch());
}

class ProcessCollector final : public Collector {
 public:
  explicit ProcessCollector(const Clock& clock)
      : clock_(clock), start_(clock.now()), wall_start_(clock.wall_now()) {}

  void collect(TextWriter& writer) override {
    write_times(writer);
    if (const auto stat = parse_process_stat(read_file("/proc/self/stat"))) {
      write_stat(writer, *stat);
    }
    if (const auto open = count_open_fds()) {
      writer.single({.name = "process_open_fds", .help = "Open file descriptors."}, Kind::kGauge,
                    *open);
    }
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      writer.single({.name = "process_max_fds", .help = "The limit on open file descriptors."},
                    Kind::kGauge, static_cast<std::int64_t>(limit.rlim_cur));
    }
    if (const auto octets = parse_netstat(read_file("/proc/self/net/netstat"))) {
      writer.single({.name = "process_network_receive",
                     .help = "IP bytes received in this network namespace.",
                     .unit = Unit::kBytes},
                    Kind::kCounter, static_cast<std::int64_t>(octets->received));
      writer.single({.name = "process_network_transmit",
                     .help = "IP bytes sent in this network namespace.",
                     .unit = Unit::kBytes},
                    Kind::kCounter, static_cast<std::int64_t>(octets->sent));
    }
  }

 private:
  void write_times(TextWriter& writer) const {
    writer.single({.name = "process_start_time",
                   .help = "When this process started, since the epoch.",
                   .unit = Unit::kSeconds},
                  Kind::kGauge, seconds_since_epoch(wall_start_));
    writer.single({.name = "process_uptime",
                   .help = "How long this process has been running.",
                   .unit = Unit::kSeconds},
                  Kind::kCounter, in_seconds(clock_.now() - start_));
    writer.single({.name = "process_clock_time",
                   .help = "The wall clock of this process, since the epoch.",
                   .unit = Unit::kSeconds},
                  Kind::kGauge, seconds_since_epoch(clock_.wall_now()));
  }

  static void write_stat(TextWriter& writer, const ProcessStat& stat) {
    writer.single(
        {.name = "process_cpu", .help = "User and system processor time.", .unit = Unit::kSeconds},
        Kind::kCounter,
        static_cast<double>(stat.cpu_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)));
    writer.single(
        {.name = "process_virtual_memory", .help = "Virtual memory.", .unit = Unit::kBytes},
        Kind::kGauge, static_cast<std::int64_t>(stat.virtual_bytes));
    writer.single(
        {.name = "process_resident_memory", .help = "Resident memory.", .unit = Unit::kBytes},
        Kind::kGauge, static_cast<std::int64_t>(stat.resident_pages) * sysconf(_SC_PAGESIZE));
    writer.single({.name = "process_threads", .help = "Threads."}, Kind::kGauge,
                  static_cast<std::int64_t>(stat.threads));
  }

  const Clock& clock_;
  const TimePoint start_;
  const WallTime wall_start_;
};

struct BuildInfoCollector final : Collector {
  explicit BuildInfoCollector(BuildInfo info) : build(std::move(info)) {}
  void collect(TextWriter& writer) override {
    writer.single({.name = "proxy_build_info", .help = "Which build this proxy is."}, Kind::kGauge,
                  std::int64_t{1}, *this);
  }
  void write(LabelWriter& labels) const {
    labels.add("version", build.version)
        .add("git_sha", build.git_sha)
        .add("profile", build.profile)
        .add("vendor", build.vendor)
        .add("date", build.date);
  }
  BuildInfo build;
};

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t close = text.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  // proc(5) counts from the process id; the first word behind the name is field 3.
  const std::vector<std::string_view> words = split_words(text.substr(close + 1));
  if (words.size() < 22) return std::nullopt;
  const auto field = [&](std::size_t number) { return to_number(words[number - 3]); };
  const auto user = field(14);
  const auto system = field(15);
  const auto threads = field(20);
  const auto virtual_bytes = field(23);
  const auto resident = field(24);
  if (!user || !system || !threads || !virtual_bytes || !resident) return std::nullopt;
  return ProcessStat{*user + *system, *threads, *virtual_bytes, *resident};
}

// Pairs of lines: "IpExt: names..." and "IpExt: values...".
std::optional<NetworkOctets> parse_netstat(std::string_view text) {
  constexpr std::string_view kPrefix = "IpExt: ";
  const std::size_t names_at = text.find(kPrefix);
  if (names_at == std::string_view::npos) return std::nullopt;
  const std::size_t values_at = text.find(kPrefix, names_at + 1);
  if (values_at == std::string_view::npos) return std::nullopt;
  const std::string_view values_line =
      text.substr(values_at, text.find('\n', values_at) - values_at);
  const auto names = split_words(text.substr(names_at, values_at - names_at));
  const auto values = split_words(values_line);
  if (names.size() != values.size()) return std::nullopt;
  NetworkOctets octets;
  int found = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto value = to_number(values[i]);
    if (!value) continue;
    if (names[i] == "InOctets") octets.received = *value, ++found;
    if (names[i] == "OutOctets") octets.sent = *value, ++found;
  }
  if (found != 2) return std::nullopt;
  return octets;
}

std::unique_ptr<Collector> make_process_collector(const Clock& clock) {
  return std::make_unique<ProcessCollector>(clock);
}

std::unique_ptr<Collector> make_build_info_collector(BuildInfo build) {
  return std::make_unique<BuildInfoCollector>(std::move(build));
}

}  // namespace seine::metrics
