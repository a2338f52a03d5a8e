// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/state_teller.h"

#include <string>
#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include "dive/agent/wire_time.h"

namespace seine::dive {

namespace wire = ::dive::v1;

namespace {

// The same for equal messages: their labels have an order then.
std::string text_of(const google::protobuf::MessageLite& message) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return out;
}

template <class Message>
Message& begin_message(std::vector<Message>& out, WallTime at) {
  Message& message = out.emplace_back();
  encode_time(at, *message.mutable_at());
  return message;
}

template <class Message, class Things>
std::vector<Message> compare(const Things& before, const Things& now, WallTime at) {
  std::vector<Message> out;
  for (const auto& [name, thing] : now) {
    const auto was = before.find(name);
    if (was != before.end() && text_of(was->second) == text_of(thing)) continue;
    *begin_message<Message>(out, at).mutable_changed() = thing;
  }
  for (const auto& [name, thing] : before) {
    if (now.contains(name)) continue;
    *begin_message<Message>(out, at).mutable_removed() = thing.name();
  }
  return out;
}

}  // namespace

StateNews StateTeller::tell(ClusterState state) {
  StateNews news;
  if (std::exchange(knows_workloads_, true)) {
    news.workloads = compare<wire::DeploymentMessage>(told_.workloads, state.workloads, state.at);
  } else {
    wire::DeploymentMessage& all = news.workloads.emplace_back();
    encode_time(state.at, *all.mutable_at());
    all.mutable_all();
    for (const auto& [name, workload] : state.workloads) {
      *all.mutable_all()->add_workloads() = workload;
    }
  }
  if (std::exchange(knows_services_, true)) {
    news.services = compare<wire::ServiceMessage>(told_.services, state.services, state.at);
  } else {
    wire::ServiceMessage& all = news.services.emplace_back();
    encode_time(state.at, *all.mutable_at());
    all.mutable_all();
    for (const auto& [name, service] : state.services) {
      *all.mutable_all()->add_services() = service;
    }
  }
  told_ = std::move(state);
  has_told_ = true;
  return news;
}

}  // namespace seine::dive
