// SPDX-License-Identifier: Apache-2.0
// The bounds of events. Text is of UTF-8, counted in bytes.
#pragma once

#include <cstddef>

namespace seine::dive {

inline constexpr std::size_t kMaxEventId = 128;
inline constexpr std::size_t kMaxEventTitle = 256;
inline constexpr std::size_t kMaxEventDescription = std::size_t{64} << 10;
inline constexpr std::size_t kMaxEventTargets = 100;
inline constexpr std::size_t kMaxEventComments = 1000;
inline constexpr std::size_t kMaxCommentText = std::size_t{16} << 10;
inline constexpr std::size_t kMaxEventKind = 64;
inline constexpr std::size_t kMaxEventPerson = 256;

}  // namespace seine::dive
