// SPDX-License-Identifier: Apache-2.0
// What an agent's DeploymentStream and ServiceStream tell, checked and as values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/catalog/service.h"
#include "dive/catalog/workload.h"

namespace dive::v1 {
class DeploymentMessage;
class Envelope;
class ServiceMessage;
class WorkloadName;
}  // namespace dive::v1

namespace seine::dive {

// Which message of its stream.
struct MessageNumber {
  std::string epoch;
  std::uint64_t sequence = 0;
  friend bool operator==(const MessageNumber&, const MessageNumber&) = default;
};

struct DeploymentNews {
  MessageNumber number;
  WallTime at;  // when it was so, by the cluster's clock
  // All there are, one as it is now, or one that is no more.
  std::variant<std::vector<WorkloadTold>, WorkloadTold, WorkloadName> told;
};

struct ServiceNews {
  MessageNumber number;
  WallTime at;
  std::variant<std::vector<ServiceTold>, ServiceTold, ServiceName> told;
};

// Error kInvalidArgument: the epoch is not of 16 octets, or the sequence is 0.
Result<MessageNumber> read_number(const ::dive::v1::Envelope& envelope);
// Within catalog_limits.h; pods, ports, workloads in order, each once. Errors kInvalidArgument and
// kLimit: a sentence that names who is meant and what is wrong with it.
Result<DeploymentNews> read_news(const ::dive::v1::DeploymentMessage& message);
Result<ServiceNews> read_news(const ::dive::v1::ServiceMessage& message);
Result<WorkloadName> read_name(const ::dive::v1::WorkloadName& message);

// "shop/deployment/payments"
std::string format_name(const WorkloadName& name);
// "shop/payments"
std::string format_name(const ServiceName& name);

}  // namespace seine::dive
