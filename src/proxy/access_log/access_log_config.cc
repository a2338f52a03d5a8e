// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_log_config.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"

#include "base/log.h"
#include "http/headers.h"

namespace seine::proxy {

namespace {

constexpr std::string_view kFieldsName = "SEINE_PROXY_ACCESS_LOG_FIELDS";
constexpr std::string_view kHeaderPrefix = "header:";

constexpr std::array<std::pair<std::string_view, AccessFact>, 17> kFacts = {{
    {"client.addr", AccessFact::kClientAddr},
    {"client.id", AccessFact::kClientId},
    {"host", AccessFact::kHost},
    {"method", AccessFact::kMethod},
    {"processing_ns", AccessFact::kProcessingNs},
    {"request_bytes", AccessFact::kRequestBytes},
    {"response_bytes", AccessFact::kResponseBytes},
    {"status", AccessFact::kStatus},
    {"timestamp", AccessFact::kTimestamp},
    {"total_ns", AccessFact::kTotalNs},
    {"trace_id", AccessFact::kTraceId},
    {"uri", AccessFact::kUri},
    {"user_agent", AccessFact::kUserAgent},
    {"version", AccessFact::kVersion},
    {"target.addr", AccessFact::kTargetAddr},
    {"grpc_status", AccessFact::kGrpcStatus},
    {"error", AccessFact::kError},
}};

// Whoever reads the log shall not be able to act for who is in it.
bool is_credential(std::string_view header) {
  constexpr std::array<std::string_view, 3> kCredentials = {"authorization", "cookie",
                                                            "proxy-authorization"};
  return std::ranges::find(kCredentials, header) != kCredentials.end();
}

bool is_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxAccessFieldText &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

// One item of the list, or why it is none.
std::expected<AccessField, std::string> parse_field(std::string_view item) {
  const std::string shown = escape_text(item.substr(0, kMaxAccessFieldText));
  if (const auto equals = item.find('='); equals != std::string_view::npos) {
    const std::string_view key = item.substr(0, equals);
    const std::string_view value = item.substr(equals + 1);
    if (!is_text(key) || !is_text(value)) {
      return std::unexpected(
          fmt::format("'{}' is no key=value of printable characters, at most {} each", shown,
                      kMaxAccessFieldText));
    }
    return AccessField{std::string(key), AccessFact::kText, std::string(value)};
  }
  if (item.starts_with(kHeaderPrefix)) {
    std::string name(item.substr(kHeaderPrefix.size()));
    if (!http::is_token(name) || name.size() > kMaxAccessFieldText) {
      return std::unexpected(fmt::format("'{}' names no header", shown));
    }
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (is_credential(name)) {
      return std::unexpected(fmt::format("'{}' carries credentials, which are not logged", name));
    }
    return AccessField{"header." + name, AccessFact::kHeader, name};
  }
  const auto* known = std::ranges::find(kFacts, item, &decltype(kFacts)::value_type::first);
  if (known == kFacts.end()) {
    return std::unexpected(fmt::format("'{}' is not known: expected {}, header:NAME or key=value",
                                       shown, fmt::join(std::views::keys(kFacts), ", ")));
  }
  return AccessField{std::string(item), known->second, {}};
}

void read_fields(EnvironmentReader& env, AccessLogConfig& config) {
  config.format = AccessLogFormat::kFields;
  config.fields.clear();
  for (const std::string& item : env.texts(kFieldsName)) {
    auto field = parse_field(item);
    if (!field) return env.refuse(kFieldsName, field.error());
    if (std::ranges::find(config.fields, field->key, &AccessField::key) != config.fields.end()) {
      return env.refuse(kFieldsName, fmt::format("'{}' stands there twice", field->key));
    }
    if (field->fact == AccessFact::kHeader) {
      field->header = config.headers.size();
      config.headers.push_back(field->text);
    }
    config.fields.push_back(std::move(*field));
  }
  if (config.fields.empty()) env.refuse(kFieldsName, "names no field");
  std::size_t keys = 0;
  for (const AccessField& field : config.fields) keys += field.key.size();
  if (keys > kMaxAccessKeys) {
    env.refuse(kFieldsName, fmt::format("its names have more than {} bytes", kMaxAccessKeys));
  }
  if (config.fields.size() > kMaxAccessFields) {
    env.refuse(kFieldsName, fmt::format("has more than {} fields", kMaxAccessFields));
  }
}

}  // namespace

std::vector<AccessField> linkerd_access_fields() {
  std::vector<AccessField> fields;
  for (const auto& [name, fact] : kFacts) {
    if (fact > AccessFact::kVersion) break;
    fields.push_back({std::string(name), fact, {}});
  }
  return fields;
}

std::optional<AccessLogConfig> read_access_log(EnvironmentReader& env) {
  constexpr std::string_view kName = "ACCESS_LOG";
  constexpr std::string_view kSample = "SEINE_PROXY_ACCESS_LOG_SAMPLE";
  AccessLogConfig config;
  config.fields = linkerd_access_fields();
  const auto format = env.text(kName);
  if (format && *format != "apache" && *format != "json") {
    env.refuse(kName, "expected apache or json");
    return std::nullopt;
  }
  if (format == "apache") config.format = AccessLogFormat::kApache;
  config.sample = env.ratio(kSample, 1);
  if (env.text(kFieldsName)) {
    if (format != "json") {
      env.refuse(kFieldsName, "needs LINKERD2_PROXY_ACCESS_LOG=json");
      return std::nullopt;
    }
    read_fields(env, config);
  }
  if (!format) return std::nullopt;
  return config;
}

}  // namespace seine::proxy
