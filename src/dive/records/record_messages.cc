// SPDX-License-Identifier: Apache-2.0
#include "dive/records/record_messages.h"

#include <span>

#include "fmt/format.h"

namespace seine::dive {

sql::Blob to_blob(std::string_view octets) {
  const auto bytes = std::as_bytes(std::span(octets));
  return {bytes.begin(), bytes.end()};
}

std::string to_octets(const sql::Blob& blob) {
  std::string out(blob.size(), '\0');
  for (std::size_t i = 0; i < blob.size(); ++i) out[i] = static_cast<char>(blob[i]);
  return out;
}

Error damaged(std::string_view what) {
  return make_error(
      ErrorCode::kInvalidConfig,
      fmt::format("what the database has of {} cannot be read: restore a backup", what));
}

}  // namespace seine::dive
