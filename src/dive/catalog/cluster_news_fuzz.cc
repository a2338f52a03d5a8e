// SPDX-License-Identifier: Apache-2.0
// What an agent tells, be it what it may, leaves a catalog that holds together, and told twice
// changes it once.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dive/catalog/cluster_catalog.h"
#include "dive/v1/cluster.pb.h"

namespace {

using namespace seine::dive;

template <class Message>
void tell(const Message& message, ClusterCatalog& catalog) {
  for (int i = 0; i < 2; ++i) {
    auto news = read_news(message);
    if (!news) return;
    const auto changes = catalog.apply(std::move(*news));
    SEINE_CHECK(!changes || i == 0 || changes->is_replay, "what comes again changes nothing");
  }
}

}  // namespace

// Pieces of one octet of kind, one of length and a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ClusterCatalog catalog;
  while (size >= 2) {
    const std::uint8_t kind = data[0];
    const std::size_t length = std::min<std::size_t>(data[1], size - 2);
    if (kind % 2 == 0) {
      ::dive::v1::DeploymentMessage message;
      if (message.ParseFromArray(data + 2, static_cast<int>(length))) tell(message, catalog);
    } else {
      ::dive::v1::ServiceMessage message;
      if (message.ParseFromArray(data + 2, static_cast<int>(length))) tell(message, catalog);
    }
    data += 2 + length;
    size -= 2 + length;
  }
  for (const auto& [name, workload] : catalog.state().workloads) {
    SEINE_CHECK(name == workload.now.name, "a workload is found by its name");
    SEINE_CHECK(!workload.gone_at || workload.now.pods.empty(), "what is gone has no pods");
    if (const auto& rollout = workload.rollout) {
      SEINE_CHECK(rollout->from != rollout->to, "a rollout changes something");
      SEINE_CHECK(rollout->end || rollout->from == *workload.settled, "it begins where it was");
    }
  }
  SEINE_CHECK(catalog.namespaces().size() <=
                  catalog.state().workloads.size() + catalog.state().services.size(),
              "a namespace has something in it");
  return 0;
}
