// SPDX-License-Identifier: Apache-2.0
// Tokens by which a process may join the registry, each once, within its short life. They live in
// memory alone: one that was made before the controller was started is as good as used. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"

namespace seine::control {

// Whom a token lets in; what is empty may be anything.
struct JoinPermit {
  std::string ns;
  std::string workload;
};

class JoinTokens {
 public:
  // Error kLimit while kMaxJoinTokens are alive.
  Result<std::string> create(JoinPermit permit, Duration life, TimePoint now);
  // Whether the token lets this workload in now. Errors kUnauthorized: unknown, used, expired, for
  // another workload; none quotes the token.
  Result<void> check(std::string_view token, std::string_view ns, std::string_view workload,
                     TimePoint now) const;
  // From now on the token is used.
  void redeem(std::string_view token);
  std::size_t size() const { return tokens_.size(); }

 private:
  struct Entry {
    JoinPermit permit;
    TimePoint expires;
    bool used = false;
  };

  // By digest, so that a lookup's time tells nothing of a token. Used ones stay until they expire,
  // so that a second use is called what it is.
  std::map<crypto::Sha256, Entry> tokens_;
};

}  // namespace seine::control
