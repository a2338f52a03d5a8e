// SPDX-License-Identifier: Apache-2.0
// Octets nobody can guess, from OpenSSL's generator, which the kernel seeds.
#pragma once

#include <cstddef>
#include <string>

namespace seine::crypto {

// CHECKs that there is randomness: a process without any can keep no secret.
std::string random_octets(std::size_t count);

}  // namespace seine::crypto
