// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include "openssl/rand.h"

#include "base/check.h"

namespace seine::crypto {

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  const int done =
      RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count));
  SEINE_CHECK(done == 1, "the system gives random octets");
  return octets;
}

}  // namespace seine::crypto
