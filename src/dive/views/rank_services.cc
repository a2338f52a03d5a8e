// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "dive/slo/number_text.h"
#include "dive/views/dashboard.h"
#include "dive/views/service_state.h"

namespace seine::dive {
namespace {

int urgency_of(const ServiceRow& row) {
  std::vector<State> states;
  for (const auto& each : row.objectives) states.push_back(each.state);
  return urgency(states, row.golden.counts);
}

int urgency_of(const NamespaceGroup& group) {
  int least = urgency({}, {});
  for (const ServiceRow& row : group.services) least = std::min(least, urgency_of(row));
  return least;
}

bool could_have_one(const ServiceRow& row) {
  return row.objectives.empty() && row.state != "opaque";
}

// Which of both needs an objective more: the larger share of failures, then the more requests.
bool needs_it_more(const Outcomes& a, const Outcomes& b) {
  const Int128 left = Int128{a.bad} * b.total(), right = Int128{b.bad} * a.total();
  return left != right ? left > right : a.total() > b.total();
}

std::string reason(const ServiceRow& row) {
  const Outcomes& counts = row.golden.counts;
  const std::string& name = row.service.name;
  if (counts.bad == 0) {
    return fmt::format("{} to {} in this span, and all were good", format_requests(counts.total()),
                       name);
  }
  return fmt::format("{} of {} to {} failed in this span", format_count(counts.bad),
                     format_requests(counts.total()), name);
}

Attention failing_without(const ServiceRow& row) {
  const ServiceRef& service = row.service;
  return {.severity = Attention::Severity::kWarning,
          .title = fmt::format("{}/{}: it fails, and nothing is promised of it", service.ns,
                               service.name),
          .sentence = fmt::format("{}. Which goals it could keep: seine objective propose svc/{} "
                                  "-n {}",
                                  reason(row), service.name, service.ns),
          .service = service,
          .objective = {}};
}

}  // namespace

void rank_services(DashboardView& view) {
  const ServiceRow* worst = nullptr;
  for (NamespaceGroup& group : view.namespaces) {
    std::ranges::sort(group.services, {}, [](const ServiceRow& row) {
      return std::pair(urgency_of(row), row.service);
    });
    for (const ServiceRow& row : group.services) {
      if (!could_have_one(row)) continue;
      ++view.without_objective;
      if (row.golden.counts.total() == 0) continue;
      if (worst == nullptr || needs_it_more(row.golden.counts, worst->golden.counts)) worst = &row;
      if (is_failing(row.golden.counts)) view.attention.push_back(failing_without(row));
    }
  }
  if (worst != nullptr) view.suggestion = {.service = worst->service, .sentence = reason(*worst)};
  std::ranges::sort(view.namespaces, {}, [](const NamespaceGroup& group) {
    return std::tuple(urgency_of(group), group.cluster, group.name);
  });
}

}  // namespace seine::dive
