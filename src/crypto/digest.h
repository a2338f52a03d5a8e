// SPDX-License-Identifier: Apache-2.0
// SHA-256, and a comparison whose time does not tell where two secrets differ.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace seine::crypto {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view octets);

// Takes the same time for all contents of one length; lengths are no secret.
bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

}  // namespace seine::crypto
