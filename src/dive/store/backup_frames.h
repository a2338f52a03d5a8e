// SPDX-License-Identifier: Apache-2.0
// The form of a backup, the same whatever database it is of.
//
//   file    "SEINEDIVE\n", then frames
//   frame   length of the content (4 octets, the highest first), content, digest: SHA-256 of the
//           digest before (first 32 octets of 0) and the content's SHA-256, so that frames are
//           whole, in their order, and none is missing
//   content 1 header: form, version of the schema, when it was made (milliseconds since 1970)
//           2 table: name, how many columns, their names
//           3 rows of that table: how many, then their values
//           4 end: how many rows in all
//   value   0 null | 1 integer (zigzag) | 2 double (its bits as a number) | 3 text | 4 octets
//
// Numbers and texts as packed.h has them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "sql/value.h"

namespace seine::dive {

inline constexpr std::string_view kBackupMagic = "SEINEDIVE\n";
inline constexpr std::uint64_t kBackupForm = 1;
inline constexpr std::size_t kMaxFrameBytes = 64 << 20;

struct BackupHeader {
  std::uint64_t form = kBackupForm;
  std::uint64_t schema = 0;
  std::uint64_t made = 0;
  friend bool operator==(const BackupHeader&, const BackupHeader&) = default;
};
struct BackupTable {
  std::string name;
  std::vector<std::string> columns;
  friend bool operator==(const BackupTable&, const BackupTable&) = default;
};
struct BackupRows {
  std::vector<sql::Values> rows;
  friend bool operator==(const BackupRows&, const BackupRows&) = default;
};
struct BackupEnd {
  std::uint64_t rows = 0;
  friend bool operator==(const BackupEnd&, const BackupEnd&) = default;
};
using BackupContent = std::variant<BackupHeader, BackupTable, BackupRows, BackupEnd>;

sql::Blob encode_content(const BackupContent& content);
// `columns` is how many values a row has. Error kInvalidArgument.
Result<BackupContent> decode_content(std::span<const std::byte> bytes, std::size_t columns);

// Of a content and all before it; the first one's `before` is all 0.
crypto::Sha256 chain(const crypto::Sha256& before, std::span<const std::byte> content);

}  // namespace seine::dive
