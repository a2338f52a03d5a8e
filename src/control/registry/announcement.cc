// SPDX-License-Identifier: Apache-2.0
#include "control/registry/announcement.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/log.h"
#include "control/registry/registry_limits.h"
#include "control/registry/workload_file.h"

namespace seine::control {
namespace {

// Outbound, inbound, tap and admin, which every proxy has beside its application.
constexpr std::array<std::uint16_t, 4> kProxyPorts{4140, 4143, 4190, 4191};

bool is_lower_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_alphanumeric(char c) {
  return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z');
}

// Opened and closed by a letter or a digit, between them also what `also` holds.
bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [also](char c) {
           return is_alphanumeric(c) || also.find(c) != std::string_view::npos;
         });
}

std::unexpected<Error> refuse(std::string_view what, std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "the " + std::string(what) + " \"" +
                                               escape_text(text.substr(0, 80)) + "\" " +
                                               std::string(why));
}

std::unexpected<Error> too_many(std::string_view what, std::size_t limit) {
  return fail(ErrorCode::kInvalidArgument,
              "a workload has at most " + std::to_string(limit) + " " + std::string(what));
}

Result<void> check_labels(const std::map<std::string, std::string>& labels) {
  if (labels.size() > kMaxLabels) return too_many("labels", kMaxLabels);
  for (const auto& [key, value] : labels) {
    if (key.size() > kMaxLabelText || !is_word(key, "-_./")) {
      return refuse("label key", key,
                    "must be 1 to 63 letters, digits, '-', '_', '.' and '/', opening and closing "
                    "with a letter or a digit");
    }
    if (!value.empty() && (value.size() > kMaxLabelText || !is_word(value, "-_."))) {
      return refuse("label value", value,
                    "must be empty or up to 63 letters, digits, '-', '_' and '.', opening and "
                    "closing with a letter or a digit");
    }
  }
  return {};
}

Result<void> check_number(std::string_view what, std::uint16_t number,
                          std::set<std::uint16_t>& seen) {
  const std::string text = std::to_string(number);
  if (number == 0) return refuse(what, text, "must be from 1 to 65535");
  if (std::ranges::find(kProxyPorts, number) != kProxyPorts.end()) {
    return refuse(what, text, "is one of the proxy's own: 4140, 4143, 4190 and 4191");
  }
  if (!seen.insert(number).second) return refuse(what, text, "stands twice");
  return {};
}

Result<void> check_probes(const std::vector<std::string>& probes) {
  if (probes.size() > kMaxProbesPerPort) {
    return fail(ErrorCode::kInvalidArgument, "a port has at most 16 probe paths");
  }
  for (const std::string& path : probes) {
    const bool plain = std::ranges::all_of(
        path, [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#'; });
    if (!path.starts_with('/') || path.size() > kMaxProbePath || !plain) {
      return refuse("probe path", path,
                    "must open with '/' and have up to 256 printable characters, without query");
    }
  }
  return {};
}

Result<void> check_ports(const Announcement& announcement) {
  if (announcement.ports.size() > kMaxDeclaredPorts) {
    return too_many("declared ports", kMaxDeclaredPorts);
  }
  if (announcement.published.size() > kMaxPublishedPorts) {
    return too_many("published ports", kMaxPublishedPorts);
  }
  std::set<std::uint16_t> declared;
  for (const WorkloadPort& port : announcement.ports) {
    auto checked = check_number("port", port.number, declared);
    if (checked) checked = check_probes(port.probes);
    if (!checked) return checked;
  }
  std::set<std::uint16_t> published;
  for (const std::uint16_t number : announcement.published) {
    auto checked = check_number("published port", number, published);
    if (!checked) return checked;
  }
  return {};
}

}  // namespace

Result<void> check_dns_label(std::string_view what, std::string_view name, std::size_t longest) {
  const bool good = name.size() <= longest && is_word(name, "-") &&
                    std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (good) return {};
  return refuse(what, name,
                "must be 1 to " + std::to_string(longest) +
                    " lower-case letters, digits and '-', opening and closing with a letter or a "
                    "digit");
}

Result<Announcement> check_announcement(Announcement announcement, const MeshNames& names) {
  if (announcement.service.empty()) announcement.service = announcement.workload;
  if (announcement.service_account.empty()) announcement.service_account = announcement.workload;
  auto checked = check_dns_label("namespace", announcement.ns);
  if (checked && announcement.ns == names.control_ns) {
    // Its service accounts are the control plane's own: whoever had one could pose as it.
    checked = refuse("namespace", announcement.ns, "is the control plane's own; take another");
  }
  if (checked) checked = check_dns_label("name", announcement.workload, kMaxWorkloadName);
  if (checked) checked = check_dns_label("service", announcement.service);
  if (checked) checked = check_dns_label("service account", announcement.service_account);
  if (checked && !announcement.version.empty() &&
      (announcement.version.size() > kMaxVersion || !is_word(announcement.version, "-_.+"))) {
    checked = refuse("version", announcement.version,
                     "must be up to 63 letters, digits, '-', '_', '.' and '+', opening and closing "
                     "with a letter or a digit");
  }
  if (checked) checked = check_labels(announcement.labels);
  if (checked) checked = check_ports(announcement);
  if (checked) checked = model::check_declared_routes(announcement.routes);
  if (!checked) return fail(std::move(checked.error()));
  // All of it in one certificate's name.
  const auto identity = names.identity(announcement.ns, announcement.service_account);
  if (!identity) return fail(identity.error());
  return announcement;
}

}  // namespace seine::control
