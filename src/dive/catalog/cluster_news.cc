// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/cluster_news.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "fmt/format.h"

#include "base/resource_name.h"
#include "base/shown_text.h"
#include "dive/catalog/catalog_limits.h"
#include "dive/catalog/wire_time.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive {

namespace wire = ::dive::v1;

namespace {

constexpr std::size_t kShown = 64;  // bytes of a name that a refusal repeats
constexpr std::string_view kUnknown = "the message tells nothing that this version of Dive knows";

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

std::unexpected<Error> refuse_name(std::string_view what, std::string_view name,
                                   std::size_t limit) {
  return refuse(
      fmt::format("the {} '{}' is none: it has 1 to {} lower case letters, digits and '-'", what,
                  name.substr(0, kShown), limit));
}

std::unexpected<Error> too_many(std::string_view who, std::string_view what, std::size_t limit) {
  return fail(ErrorCode::kLimit, fmt::format("{} has more than {} {}", who, limit, what));
}

// Sorts by `key` and refuses what is there twice.
template <class T, class Key>
Result<void> order(std::vector<T>& items, Key key, std::string_view who, std::string_view what) {
  std::ranges::sort(items, {}, key);
  const auto twice = std::ranges::adjacent_find(items, {}, key);
  if (twice != items.end()) return refuse(fmt::format("{} has a {} twice", who, what));
  return {};
}

// What both streams' messages begin with.
template <class News, class Message>
Result<News> begin_news(const Message& message) {
  auto number = read_number(message.envelope());
  if (!number) return fail(std::move(number.error()));
  const auto at = wall_time_of(message.at());
  if (!message.has_at() || !at) return refuse("the message does not say when it was so");
  return News{.number = std::move(*number), .at = *at, .told = {}};
}

template <class News, class Told>
Result<News> with(News news, Result<Told> told) {
  if (!told) return fail(std::move(told.error()));
  news.told = std::move(*told);
  return news;
}

template <class Told, class Messages, class Read>
Result<std::vector<Told>> read_list(const Messages& messages, Read read, std::string_view what,
                                    std::size_t limit) {
  if (std::cmp_greater(messages.size(), limit)) {
    return too_many("the cluster", fmt::format("{}s", what), limit);
  }
  std::vector<Told> all;
  for (const auto& each : messages) {
    auto told = read(each);
    if (!told) return fail(std::move(told.error()));
    all.push_back(std::move(*told));
  }
  if (auto ordered = order(all, &Told::name, "the cluster", what); !ordered) {
    return fail(std::move(ordered.error()));
  }
  return all;
}

Result<void> read_labels(const google::protobuf::Map<std::string, std::string>& message, Pod& pod,
                         std::string_view who) {
  if (message.size() > kMaxLabels) return too_many(who, "labels", kMaxLabels);
  for (const auto& [key, value] : message) {
    auto checked = check_shown_text("the key of a label", key, {kMaxLabelKey});
    if (checked) {
      checked = check_shown_text("the value of a label", value,
                                 {.max_bytes = kMaxLabelValue, .may_be_empty = true});
    }
    if (!checked) return fail(std::move(checked.error()).with_context(who));
    pod.labels.emplace(key, value);
  }
  return {};
}

Result<Pod> read_pod(const wire::Pod& message, WallTime at, std::string_view workload) {
  if (!is_subdomain_name(message.name())) {
    return fail(
        refuse_name("pod", message.name(), kMaxSubdomainName).error().with_context(workload));
  }
  const std::string who = fmt::format("{}: pod {}", workload, message.name());
  Pod pod{.name = message.name(),
          .revision = {.version = message.version(), .template_digest = message.template_()},
          .ready = message.ready(),
          .leaving = message.leaving(),
          .since = at,
          .started_by = message.started_by(),
          .labels = {}};
  if (message.has_since()) {
    const auto since = wall_time_of(message.since());
    if (!since) return refuse(who + " began at a time that is none");
    pod.since = *since;
  }
  if (pod.revision.template_digest.size() > kMaxTemplate) {
    return refuse(fmt::format("{}: its template has over {} octets", who, kMaxTemplate));
  }
  auto checked = check_shown_text("its version", pod.revision.version,
                                  {.max_bytes = kMaxVersion, .may_be_empty = true});
  if (checked) {
    checked = check_shown_text("who started it", pod.started_by,
                               {.max_bytes = kMaxPerson, .may_be_empty = true});
  }
  if (!checked) return fail(std::move(checked.error()).with_context(who));
  if (auto labels = read_labels(message.labels(), pod, who); !labels) return fail(labels.error());
  return pod;
}

Result<WorkloadTold> read_workload(const wire::Workload& message, WallTime at) {
  auto name = read_name(message.name());
  if (!name) return fail(std::move(name.error()));
  const std::string who = format_name(*name);
  WorkloadTold told{
      .name = std::move(*name), .service_account = message.service_account(), .pods = {}};
  if (!told.service_account.empty() && !is_subdomain_name(told.service_account)) {
    return fail(refuse_name("service account", told.service_account, kMaxSubdomainName)
                    .error()
                    .with_context(who));
  }
  if (std::cmp_greater(message.pods_size(), kMaxPodsOfWorkload)) {
    return too_many(who, "pods", kMaxPodsOfWorkload);
  }
  for (const wire::Pod& each : message.pods()) {
    auto pod = read_pod(each, at, who);
    if (!pod) return fail(std::move(pod.error()));
    told.pods.push_back(std::move(*pod));
  }
  if (auto ordered = order(told.pods, &Pod::name, who, "pod"); !ordered) {
    return fail(std::move(ordered.error()));
  }
  return told;
}

Result<ServiceName> read_service_name(const wire::ServiceName& message) {
  if (!is_label_name(message.namespace_())) {
    return refuse_name("namespace", message.namespace_(), kMaxLabelName);
  }
  if (!is_label_name(message.name())) {
    return refuse_name("service", message.name(), kMaxLabelName);
  }
  return ServiceName{message.namespace_(), message.name()};
}

Result<ServiceTold> read_service(const wire::Service& message) {
  auto name = read_service_name(message.name());
  if (!name) return fail(std::move(name.error()));
  const std::string who = format_name(*name);
  ServiceTold told{.name = std::move(*name), .ports = {}, .workloads = {}};
  if (std::cmp_greater(message.ports_size(), kMaxPorts)) return too_many(who, "ports", kMaxPorts);
  if (std::cmp_greater(message.workloads_size(), kMaxWorkloadsOfService)) {
    return too_many(who, "workloads", kMaxWorkloadsOfService);
  }
  for (const std::uint32_t port : message.ports()) {
    if (port == 0 || port > 65'535) return refuse(fmt::format("{} has a port {}", who, port));
    told.ports.push_back(static_cast<std::uint16_t>(port));
  }
  for (const wire::WorkloadName& each : message.workloads()) {
    auto workload = read_name(each);
    if (!workload) return fail(std::move(workload.error()).with_context(who));
    told.workloads.push_back(std::move(*workload));
  }
  auto ordered = order(told.ports, std::identity{}, who, "port");
  if (ordered) ordered = order(told.workloads, std::identity{}, who, "workload");
  if (!ordered) return fail(std::move(ordered.error()));
  return told;
}

}  // namespace

std::string format_name(const WorkloadName& name) {
  return fmt::format("{}/{}/{}", name.ns, name.kind, name.name);
}

std::string format_name(const ServiceName& name) {
  return fmt::format("{}/{}", name.ns, name.name);
}

Result<MessageNumber> read_number(const wire::Envelope& envelope) {
  if (envelope.epoch().size() != kEpochSize) {
    return refuse(fmt::format("the message's epoch has {} octets and not {}",
                              envelope.epoch().size(), kEpochSize));
  }
  if (envelope.sequence() == 0) return refuse("sequences begin at 1, and this message has 0");
  return MessageNumber{envelope.epoch(), envelope.sequence()};
}

Result<WorkloadName> read_name(const wire::WorkloadName& message) {
  if (!is_label_name(message.namespace_())) {
    return refuse_name("namespace", message.namespace_(), kMaxLabelName);
  }
  if (!is_label_name(message.kind())) {
    return refuse_name("kind of a workload", message.kind(), kMaxLabelName);
  }
  if (!is_subdomain_name(message.name())) {
    return refuse_name("workload", message.name(), kMaxSubdomainName);
  }
  return WorkloadName{message.namespace_(), message.kind(), message.name()};
}

Result<DeploymentNews> read_news(const wire::DeploymentMessage& message) {
  auto news = begin_news<DeploymentNews>(message);
  if (!news) return news;
  const auto read = [at = news->at](const wire::Workload& each) { return read_workload(each, at); };
  switch (message.kind_case()) {
    case wire::DeploymentMessage::kAll:
      return with(std::move(*news), read_list<WorkloadTold>(message.all().workloads(), read,
                                                            "workload", kMaxWorkloads));
    case wire::DeploymentMessage::kChanged: return with(std::move(*news), read(message.changed()));
    case wire::DeploymentMessage::kRemoved:
      return with(std::move(*news), read_name(message.removed()));
    case wire::DeploymentMessage::KIND_NOT_SET: break;
  }
  return refuse(std::string(kUnknown));
}

Result<ServiceNews> read_news(const wire::ServiceMessage& message) {
  auto news = begin_news<ServiceNews>(message);
  if (!news) return news;
  switch (message.kind_case()) {
    case wire::ServiceMessage::kAll:
      return with(std::move(*news), read_list<ServiceTold>(message.all().services(), read_service,
                                                           "service", kMaxServices));
    case wire::ServiceMessage::kChanged:
      return with(std::move(*news), read_service(message.changed()));
    case wire::ServiceMessage::kRemoved:
      return with(std::move(*news), read_service_name(message.removed()));
    case wire::ServiceMessage::KIND_NOT_SET: break;
  }
  return refuse(std::string(kUnknown));
}

}  // namespace seine::dive
