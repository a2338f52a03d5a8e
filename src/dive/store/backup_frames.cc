// SPDX-License-Identifier: Apache-2.0
#include "dive/store/backup_frames.h"

#include <bit>
#include <utility>

#include "dive/store/packed.h"

namespace seine::dive {

namespace {

enum Kind : std::uint64_t { kHeader = 1, kTable = 2, kRows = 3, kEnd = 4 };
enum Tag : std::uint64_t { kNull = 0, kInteger = 1, kDouble = 2, kText = 3, kBlob = 4 };
constexpr std::uint64_t kMaxColumns = 256;

std::uint64_t zigzag(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
std::int64_t from_zigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0));
}

void write_value(PackedWriter& out, const sql::Value& value) {
  out.number(value.index());
  if (const auto* number = std::get_if<std::int64_t>(&value)) out.number(zigzag(*number));
  if (const auto* number = std::get_if<double>(&value)) {
    out.number(std::bit_cast<std::uint64_t>(*number));
  }
  if (const auto* text = std::get_if<std::string>(&value)) out.text(*text);
  if (const auto* blob = std::get_if<sql::Blob>(&value)) out.octets(*blob);
}

sql::Value read_value(PackedReader& in) {
  switch (in.number()) {
    case kNull: return sql::Null{};
    case kInteger: return from_zigzag(in.number());
    case kDouble: return std::bit_cast<double>(in.number());
    case kText: return std::string(in.text());
    case kBlob: {
      const auto bytes = in.octets();
      return sql::Blob(bytes.begin(), bytes.end());
    }
    default: in.fail(); return sql::Null{};
  }
}

BackupTable read_table(PackedReader& in) {
  BackupTable table{.name = std::string(in.text()), .columns = {}};
  const std::uint64_t columns = in.number_up_to(kMaxColumns);
  for (std::uint64_t i = 0; i < columns; ++i) table.columns.emplace_back(in.text());
  return table;
}

BackupRows read_rows(PackedReader& in, std::size_t columns) {
  BackupRows rows;
  // A row without columns would cost nothing to write, and memory to read.
  const std::uint64_t count = columns == 0 ? in.fail() : in.number();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    sql::Values row;
    for (std::size_t j = 0; j < columns && !in.failed(); ++j) row.push_back(read_value(in));
    rows.rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

sql::Blob encode_content(const BackupContent& content) {
  PackedWriter out;
  out.number(content.index() + 1);
  if (const auto* header = std::get_if<BackupHeader>(&content)) {
    for (const std::uint64_t each : {header->form, header->schema, header->made}) out.number(each);
  }
  if (const auto* table = std::get_if<BackupTable>(&content)) {
    out.text(table->name);
    out.number(table->columns.size());
    for (const std::string& column : table->columns) out.text(column);
  }
  if (const auto* rows = std::get_if<BackupRows>(&content)) {
    out.number(rows->rows.size());
    for (const sql::Values& row : rows->rows) {
      for (const sql::Value& value : row) write_value(out, value);
    }
  }
  if (const auto* end = std::get_if<BackupEnd>(&content)) out.number(end->rows);
  return out.take();
}

Result<BackupContent> decode_content(std::span<const std::byte> bytes, std::size_t columns) {
  PackedReader in(bytes);
  BackupContent content;
  switch (in.number()) {
    case kHeader: {
      BackupHeader header;
      header.form = in.number();
      header.schema = in.number();
      header.made = in.number();
      content = header;
      break;
    }
    case kTable: content = read_table(in); break;
    case kRows: content = read_rows(in, columns); break;
    case kEnd: content = BackupEnd{in.number()}; break;
    default: in.fail();
  }
  if (!in.done()) return fail(ErrorCode::kInvalidArgument, "a part of the backup is damaged");
  return content;
}

crypto::Sha256 chain(const crypto::Sha256& before, std::span<const std::byte> content) {
  const crypto::Sha256 own =
      crypto::sha256({reinterpret_cast<const char*>(content.data()), content.size()});
  std::string both(before.begin(), before.end());
  both.append(own.begin(), own.end());
  return crypto::sha256(both);
}

}  // namespace seine::dive
