// SPDX-License-Identifier: Apache-2.0
// What is read of Dive's answers. A member that is missing, or of another kind, is as if it were
// empty: a newer Dive says more, an older one less, and a table still is a table. What a verb
// cannot do without it asks for by check_answer(). Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"

namespace seine::cli {

// Views and references borrow from the value.
std::string_view text_at(const json::Value& value, std::string_view key);
std::optional<std::int64_t> integer_at(const json::Value& value, std::string_view key);
// "50ms", "12.5ms", down to a thousandth; empty where it is no time.
std::string milliseconds_at(const json::Value& value, std::string_view key);
// Of milliseconds since 1970; nothing for what no calendar of ours shows.
std::optional<WallTime> time_at(const json::Value& value, std::string_view key);
bool flag_at(const json::Value& value, std::string_view key);
const json::Array& list_at(const json::Value& value, std::string_view key);
// null where there is none.
const json::Value& object_at(const json::Value& value, std::string_view key);

// Error kProtocol: the answer is no object, or has not all of `keys`.
Result<void> check_answer(const json::Value& answer, std::initializer_list<std::string_view> keys);

// "551,570"
std::string grouped(std::int64_t count);

}  // namespace seine::cli
