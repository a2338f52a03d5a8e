// SPDX-License-Identifier: Apache-2.0
// Values in PostgreSQL's binary formats (src/backend/utils/adt/*send, *recv; integers and doubles
// big-endian). No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/value.h"

namespace seine::sql {

// The number of a type in the catalogue, pg_type.oid; these never change.
using TypeOid = std::uint32_t;

// What a parameter is declared as; 0 for a null, whose type the server finds out.
TypeOid oid_of(const Value& value);
// Its bytes; empty for a null.
std::string encode(const Value& value);
// A value that is not null. smallint, integer, bigint and boolean (0, 1) are integers; real and
// double precision doubles; text, varchar, char and name text; bytea a blob. Error
// kInvalidArgument, with how to cast it, for anything else; kProtocol for a wrong size.
Result<Value> decode(TypeOid type, std::string_view bytes);

}  // namespace seine::sql
