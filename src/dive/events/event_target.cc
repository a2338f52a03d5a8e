// SPDX-License-Identifier: Apache-2.0
#include "dive/events/event_target.h"

#include <array>
#include <utility>

#include "fmt/format.h"

#include "base/resource_name.h"
#include "base/shown_text.h"

namespace seine::dive {
namespace {

constexpr std::string_view kForm =
    "write svc/NAME, deploy/NAME or ns/NAME, with NAMESPACE/ before it where it is another, or "
    "cluster";

// What people write for what is stored; other kinds stand for themselves.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kShort{{
    {"svc", "service"},
    {"deploy", "deployment"},
    {"sts", "statefulset"},
    {"ds", "daemonset"},
    {"rs", "replicaset"},
    {"cj", "cronjob"},
}};

std::string long_kind(std::string_view kind) {
  for (const auto& [shorter, longer] : kShort) {
    if (kind == shorter) return std::string(longer);
  }
  return std::string(kind);
}

std::unexpected<Error> refuse(std::string_view text) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no target: {}", brief(text), kForm));
}

// Not to be taken for a fault of what is written beside it.
Result<void> check_place(std::string_view kind, std::string_view name) {
  if (is_label_name(name)) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no name of a {}: write lower case letters, digits and '-', at "
                          "most 63",
                          brief(name), kind));
}

}  // namespace

Result<EventTarget> parse_target(std::string_view text, std::string_view cluster,
                                 std::string_view ns) {
  if (auto named = check_place("cluster", cluster); !named) return fail(std::move(named.error()));
  if (auto named = check_place("namespace", ns); !named) return fail(std::move(named.error()));
  EventTarget target{.cluster = std::string(cluster), .ns = {}, .kind = {}, .name = {}};
  if (text == "cluster") return target;
  std::string_view rest = text;
  const auto take = [&] {
    const std::size_t end = rest.find('/');
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
  };
  const std::string_view first = take();
  const std::string_view second = take();
  const std::string_view third = take();
  if (second.empty() || !rest.empty() || text.ends_with('/')) return refuse(text);
  if (third.empty() && (first == "ns" || first == "namespace")) {
    target.ns = second;
  } else if (third.empty()) {
    target.ns = ns;
    target.kind = long_kind(first);
    target.name = second;
  } else {
    target.ns = first;
    target.kind = long_kind(second);
    target.name = third;
  }
  if (!check_target(target)) return refuse(text);
  return target;
}

Result<void> check_target(const EventTarget& target) {
  const bool is_named = !target.name.empty();
  const bool is_good =
      is_label_name(target.cluster) && (target.ns.empty() || is_label_name(target.ns)) &&
      target.kind.empty() != is_named && (!is_named || !target.ns.empty()) &&
      (!is_named ||
       (is_label_name(target.kind) &&
        (target.kind == "service" ? is_label_name(target.name) : is_subdomain_name(target.name))));
  if (!is_good) return refuse(format_target(target));
  return {};
}

std::string format_target(const EventTarget& target) {
  if (target.ns.empty()) return "cluster";
  if (target.name.empty()) return "ns/" + target.ns;
  return fmt::format("{}/{}/{}", target.ns, target.kind, target.name);
}

bool concerns(const EventTarget& target, const EventTarget& thing) {
  return target.cluster == thing.cluster &&
         (target.ns.empty() ||
          (target.ns == thing.ns &&
           (target.name.empty() || (target.kind == thing.kind && target.name == thing.name))));
}

}  // namespace seine::dive
