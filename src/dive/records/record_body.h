// SPDX-License-Identifier: Apache-2.0
// What the reading and writing of all bodies share.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dive/events/process_event.h"
#include "dive/records/record_messages.h"
#include "dive/records/v1/records.pb.h"

namespace seine::dive {

inline constexpr std::uint32_t kForm = 1;

template <class Message>
sql::Blob serialize(const Message& message) {
  return to_blob(message.SerializeAsString());
}

template <class Message>
Result<Message> parse_body(const sql::Blob& body, std::string_view what) {
  Message message;
  const bool fits = body.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (!fits || !message.ParseFromArray(body.data(), static_cast<int>(body.size())) ||
      message.form() != kForm) {
    return fail(damaged(what));
  }
  return message;
}

inline void write_deed(const Deed& deed, ::dive::records::v1::KeptDeed& out) {
  out.set_person(deed.person);
  out.set_at(to_nanoseconds(deed.at));
}
inline Deed read_deed(const ::dive::records::v1::KeptDeed& message) {
  return {.person = message.person(), .at = from_nanoseconds(message.at())};
}

inline void write_name(const WorkloadName& name, ::dive::records::v1::KeptWorkloadName& out) {
  out.set_namespace_(name.ns);
  out.set_kind(name.kind);
  out.set_name(name.name);
}
inline WorkloadName read_kept_name(const ::dive::records::v1::KeptWorkloadName& message) {
  return {.ns = message.namespace_(), .kind = message.kind(), .name = message.name()};
}

}  // namespace seine::dive
