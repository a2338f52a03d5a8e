// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/trace_config.h"

#include <optional>

#include "base/percent.h"

namespace seine::proxy {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// As the downward API quotes: a string of Go's.
std::optional<std::string> unquote(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    switch (text[i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case '"':
      case '\\': out += text[i]; break;
      default: return std::nullopt;
    }
  }
  return out;
}

void add(TraceAttributes& attributes, std::string_view key, std::optional<std::string> value) {
  if (key.empty() || !value || key.size() > kMaxResourceText || value->size() > kMaxResourceText ||
      attributes.size() >= kMaxResourceAttributes) {
    return;
  }
  attributes.emplace_back(key, std::move(*value));
}

// Calls `each` with key and value of every item that has both.
template <class Each>
void each_pair(std::string_view text, std::string_view separators, Each each) {
  while (!text.empty()) {
    const auto end = text.find_first_of(separators);
    const std::string_view item = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    each(trim(item.substr(0, equals)), trim(item.substr(equals + 1)));
  }
}

}  // namespace

TraceAttributes parse_attribute_lines(std::string_view text) {
  TraceAttributes attributes;
  each_pair(text, "\n", [&](std::string_view key, std::string_view value) {
    add(attributes, key, unquote(value));
  });
  return attributes;
}

TraceConfig read_trace_config(EnvironmentReader& env) {
  using namespace std::chrono_literals;
  TraceConfig config;
  config.attributes_path = env.text("TRACE_ATTRIBUTES_PATH").value_or(std::string_view());
  TraceAttributes& all = config.attributes;
  all.emplace_back("service.name", "linkerd-proxy");
  each_pair(
      env.foreign("OTEL_RESOURCE_ATTRIBUTES").value_or(std::string_view()), ",",
      [&](std::string_view key, std::string_view value) { add(all, key, percent_decoded(value)); });
  if (const auto host = env.foreign("HOSTNAME")) add(all, "host.name", std::string(*host));
  // The chart writes a line for each; a list in one line is taken, too.
  each_pair(env.text("TRACE_EXTRA_ATTRIBUTES").value_or(std::string_view()), "\n,",
            [&](std::string_view key, std::string_view value) { add(all, key, unquote(value)); });
  if (const auto name = env.text("TRACE_SERVICE_NAME")) {
    add(all, "service.name", std::string(*name));
  }
  config.start_ratio = env.ratio("SEINE_PROXY_TRACE_START_RATIO", 0);
  constexpr std::string_view kInterval = "SEINE_PROXY_TRACE_INTERVAL";
  config.interval = env.duration(kInterval, 10s);
  if (config.interval < 100ms || config.interval > 60s) {
    env.refuse(kInterval, "must be from 100ms to 60s");
  }
  return config;
}

}  // namespace seine::proxy
