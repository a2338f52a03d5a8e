// SPDX-License-Identifier: Apache-2.0
// A store in memory: each message is applied once, and each bucket counted once.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "dive/api/cluster_sink.h"

namespace seine::dive::testing {

class MemorySink final : public ClusterSink {
 public:
  bool is_full = false;                      // it can take nothing now
  ErrorCode full = ErrorCode::kUnavailable;  // how it says so
  std::uint64_t refuses = 0;                 // the sequence of metrics that it does not take
  std::map<std::tuple<std::string, std::string, std::uint64_t>, int> buckets;
  std::vector<::dive::v1::ClusterEvent> events;
  std::vector<::dive::v1::DeploymentMessage> deployments;
  std::vector<::dive::v1::ServiceMessage> services;
  int transactions = 0;

  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::MetricMessage> messages) override {
    co_return apply("metrics/" + cluster, messages, [this](const ::dive::v1::MetricMessage& m) {
      if (m.envelope().sequence() == refuses) return std::string("it is refused");
      for (const auto& counted : m.buckets()) {
        ++buckets[{counted.reporter().instance(), counted.reporter().boot(),
                   counted.bucket().sequence()}];
      }
      return std::string();
    });
  }
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::DeploymentMessage> messages) override {
    co_return apply("deployments/" + cluster, messages,
                    [this](const ::dive::v1::DeploymentMessage& m) {
                      deployments.push_back(m);
                      return std::string();
                    });
  }
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::ServiceMessage> messages) override {
    co_return apply("services/" + cluster, messages, [this](const ::dive::v1::ServiceMessage& m) {
      services.push_back(m);
      return std::string();
    });
  }
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::AddEventRequest> messages) override {
    co_return apply("events/" + cluster, messages, [this](const ::dive::v1::AddEventRequest& m) {
      if (m.event().kind().empty()) return std::string("the event has no kind");
      events.push_back(m.event());
      return std::string();
    });
  }

 private:
  template <class Message, class Take>
  Result<std::vector<Applied>> apply(const std::string& of, const std::vector<Message>& messages,
                                     Take take) {
    if (is_full) return fail(full, "the store is full");
    ++transactions;
    std::vector<Applied> out;
    for (const Message& message : messages) {
      const auto& envelope = message.envelope();
      std::uint64_t& last = applied_[{of, envelope.epoch()}];
      Applied outcome{.epoch = envelope.epoch(), .sequence = envelope.sequence()};
      if (envelope.sequence() > last) {
        last = envelope.sequence();
        outcome.refused = take(message);
      }
      out.push_back(std::move(outcome));
    }
    return out;
  }

  std::map<std::pair<std::string, std::string>, std::uint64_t> applied_;
};

class MemoryBook final : public ClusterBook {
 public:
  std::map<crypto::Sha256, JoinTokenRow> tokens;
  std::map<std::string, std::string> keys;

  runtime::Task<Result<std::optional<JoinTokenRow>>> find_token(crypto::Sha256 digest) override {
    const auto found = tokens.find(digest);
    if (found == tokens.end()) co_return std::nullopt;
    co_return found->second;
  }
  runtime::Task<Result<void>> add_token(crypto::Sha256 digest, JoinTokenRow token) override {
    tokens[digest] = std::move(token);
    co_return Result<void>();
  }
  runtime::Task<Result<void>> bind(crypto::Sha256 digest, std::string cluster,
                                   std::string public_key) override {
    JoinTokenRow& token = tokens[digest];
    if (!token.used_by.empty() && token.used_by != public_key) {
      co_return fail(ErrorCode::kUnauthorized, "another key was first");
    }
    if (!token.used_by.empty() && keys[cluster] != public_key) {
      co_return fail(ErrorCode::kUnauthorized, "another key has followed");
    }
    token.used_by = public_key;
    token.cluster = cluster;
    keys[cluster] = std::move(public_key);
    co_return Result<void>();
  }
  runtime::Task<Result<std::optional<std::string>>> find_key(std::string cluster) override {
    const auto found = keys.find(cluster);
    if (found == keys.end()) co_return std::nullopt;
    co_return found->second;
  }
};

}  // namespace seine::dive::testing
