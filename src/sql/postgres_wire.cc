// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres_wire.h"

#include <bit>
#include <utility>

namespace seine::sql {

namespace {

constexpr TypeOid kBool = 16, kBytea = 17, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23,
                  kText = 25, kFloat4 = 700, kFloat8 = 701, kBpchar = 1042, kVarchar = 1043,
                  kVoid = 2278;

std::string big_endian(std::uint64_t number) {
  std::string out(8, '\0');
  for (std::size_t i = 8; i-- > 0; number >>= 8) out[i] = static_cast<char>(number & 0xff);
  return out;
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// The bytes a value of the type has; 0: any.
std::size_t width_of(TypeOid type) {
  switch (type) {
    case kBool: return 1;
    case kInt2: return 2;
    case kInt4:
    case kFloat4: return 4;
    case kInt8:
    case kFloat8: return 8;
    default: return 0;
  }
}

Blob blob_of(std::string_view bytes) {
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return Blob(first, first + bytes.size());
}

}  // namespace

TypeOid oid_of(const Value& value) {
  if (std::holds_alternative<std::int64_t>(value)) return kInt8;
  if (std::holds_alternative<double>(value)) return kFloat8;
  if (std::holds_alternative<std::string>(value)) return kText;
  return std::holds_alternative<Blob>(value) ? kBytea : 0;
}

std::string encode(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return big_endian(static_cast<std::uint64_t>(*number));
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return big_endian(std::bit_cast<std::uint64_t>(*number));
  }
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<Blob>(&value)) {
    return {reinterpret_cast<const char*>(blob->data()), blob->size()};
  }
  return {};
}

Result<Value> decode(TypeOid type, std::string_view bytes) {
  const std::size_t width = width_of(type);
  if (width != 0 && bytes.size() != width) {
    return fail(ErrorCode::kProtocol, "the database sent a value of type " + std::to_string(type) +
                                          " with " + std::to_string(bytes.size()) + " bytes");
  }
  const std::uint64_t number = width != 0 ? number_of(bytes) : 0;
  switch (type) {
    case kBool: return std::int64_t{number != 0};
    case kInt2: return std::int64_t{static_cast<std::int16_t>(number)};
    case kInt4: return std::int64_t{static_cast<std::int32_t>(number)};
    case kInt8: return static_cast<std::int64_t>(number);
    case kFloat4: return double{std::bit_cast<float>(static_cast<std::uint32_t>(number))};
    case kFloat8: return std::bit_cast<double>(number);
    case kName:
    case kText:
    case kBpchar:
    case kVarchar:
    // What functions without a result send: nothing.
    case kVoid: return std::string(bytes);
    case kBytea: return blob_of(bytes);
    default:
      return fail(ErrorCode::kInvalidArgument,
                  "a column has a type (" + std::to_string(type) +
                      ") that is not read; write CAST(... AS BIGINT), DOUBLE PRECISION or TEXT");
  }
}

}  // namespace seine::sql
