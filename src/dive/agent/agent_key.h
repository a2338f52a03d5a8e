// SPDX-License-Identifier: Apache-2.0
// Whoever has this key speaks for the cluster, once a token has bound it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/key.h"

namespace seine::dive {

// Reads the key of a folder (agent.key, 0600), or makes one. Error kInvalidConfig: others may read
// it, or it is no key.
Result<crypto::PrivateKey> read_or_make_key(const std::string& folder);

// What the agent signs to prove that it has the key; see dive.v1's AuthenticateRequest.
std::string challenge_text(std::string_view cluster, std::string_view nonce);

}  // namespace seine::dive
