// SPDX-License-Identifier: Apache-2.0
#include "dive/open_metrics.h"

#include <cstdio>
#include <memory>

#include "fmt/format.h"

namespace seine::bench {

OpenMetrics::OpenMetrics(const History& history)
    : history_(history), services_(static_cast<std::size_t>(history.services())) {}

void OpenMetrics::begin_lives(int service, Minute minute) {
  Service& state = services_[static_cast<std::size_t>(service)];
  const int caller = history_.caller_of(service);
  const std::int64_t caller_version = history_.version(caller, minute);
  const std::int64_t version = history_.version(service, minute);
  if (caller_version == state.caller_version && version == state.version) return;
  state = {.caller_version = caller_version, .version = version, .counters = {}};
  const std::string name = history_.name(service);
  const std::string caller_name = history_.name(caller);
  for (int route = 0; route < kRoutes; ++route) {
    for (const int status : {200, 503}) {
      state.counters.push_back(
          {.series = fmt::format(
               "requests_total{{namespace=\"shop\",deployment=\"{0}\",pod=\"{0}-v{1}\",version=\"v{"
               "1}\",direction=\"outbound\",dst_namespace=\"shop\",dst_service=\"{2}\",dst_version="
               "\"v{3}\",route=\"{2}-r{4}\",status_code=\"{5}\"}}",
               caller_name, caller_version % 1000, name, version % 1000, route, status)});
    }
  }
}

Result<std::uint64_t> OpenMetrics::write(const std::string& path, Minute from, Minute to) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "w"));
  if (file == nullptr) return fail(ErrorCode::kInternal, path + " cannot be written");
  std::uint64_t samples = 0;
  std::string text = "# TYPE requests counter\n";
  for (Minute minute = from; minute < to; ++minute) {
    const Minute end = (minute + 1) * 60;
    for (int service = 0; service < history_.services(); ++service) {
      begin_lives(service, minute);
      for (int route = 0; route < kRoutes; ++route) {
        const Requests requests = history_.in_minute(service, route, minute);
        const std::uint32_t both[] = {requests.good, requests.bad};
        for (std::size_t i = 0; i < 2; ++i) {
          Counter& counter = services_[static_cast<std::size_t>(service)]
                                 .counters[static_cast<std::size_t>(route) * 2 + i];
          counter.value += both[i];
          if (counter.value == 0) continue;
          fmt::format_to(std::back_inserter(text), "{} {} {}\n", counter.series, counter.value,
                         end);
          ++samples;
        }
      }
    }
    if (minute + 1 == to) text += "# EOF\n";
    if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) {
      return fail(ErrorCode::kInternal, path + " cannot be written");
    }
    text.clear();
  }
  return samples;
}

}  // namespace seine::bench
