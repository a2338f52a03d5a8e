// SPDX-License-Identifier: Apache-2.0
#include "dive/records/store_sink.h"

#include <utility>

#include "dive/records/credential_rows.h"
#include "dive/records/records_state.h"
#include "dive/records/transact.h"

namespace seine::dive {

namespace wire = ::dive::v1;

using runtime::Task;

Task<Result<std::vector<Applied>>> StoreSink::add(std::string cluster,
                                                  std::vector<wire::MetricMessage> messages) {
  if (messages.empty()) co_return std::vector<Applied>();
  const auto number = co_await records_.state_->catalogs.know(cluster);
  if (!number) co_return fail(number.error());
  const wire::Envelope last = messages.back().envelope();
  auto outcomes = co_await store_.metrics().apply(*number, std::move(messages));
  if (!outcomes) co_return fail(std::move(outcomes.error()));
  std::vector<Applied> applied;
  for (MetricIngest::Outcome& each : *outcomes) {
    applied.push_back({.epoch = std::move(each.epoch),
                       .sequence = each.sequence,
                       .refused = std::move(each.refused),
                       .left_out = std::move(each.left_out)});
  }
  records_.state_->catalogs.hear(cluster, last);
  co_return applied;
}

Task<Result<std::vector<Applied>>> StoreSink::add(std::string cluster,
                                                  std::vector<wire::DeploymentMessage> messages) {
  co_return co_await records_.state_->catalogs.add(std::move(cluster), std::move(messages));
}

Task<Result<std::vector<Applied>>> StoreSink::add(std::string cluster,
                                                  std::vector<wire::ServiceMessage> messages) {
  co_return co_await records_.state_->catalogs.add(std::move(cluster), std::move(messages));
}

Task<Result<std::vector<Applied>>> StoreSink::add(std::string cluster,
                                                  std::vector<wire::AddEventRequest> events) {
  co_return co_await records_.state_->events.add_found(std::move(cluster), std::move(events));
}

Task<Result<std::optional<JoinTokenRow>>> StoreSink::find_token(crypto::Sha256 digest) {
  co_return co_await transact_reading(loop_, store_.database(), dive::find_token, digest);
}

Task<Result<void>> StoreSink::add_token(crypto::Sha256 digest, JoinTokenRow token) {
  co_return co_await transact(loop_, store_.database(), dive::add_token, digest, token);
}

Task<Result<void>> StoreSink::bind(crypto::Sha256 digest, std::string cluster,
                                   std::string public_key) {
  const WallTime now = loop_.clock().wall_now();
  auto bound =
      co_await transact(loop_, store_.database(), bind_key, digest, cluster, public_key, now);
  if (!bound) co_return bound;
  // Pages show that it has joined before it tells anything. Where that fails, whoever joins asks
  // again, and finds its token used by itself.
  const auto number = co_await records_.state_->catalogs.know(cluster);
  if (!number) co_return fail(number.error());
  co_return Result<void>();
}

Task<Result<std::optional<std::string>>> StoreSink::find_key(std::string cluster) {
  co_return co_await transact_reading(loop_, store_.database(), dive::find_key, cluster);
}

}  // namespace seine::dive
