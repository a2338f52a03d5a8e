// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "model/authority.h"
#include "model/identity.h"

// Whatever parses must be in its normal form: it parses again to itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::model;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto id = Identity::parse(text)) {
    SEINE_CHECK(Identity::parse(id->text()) == *id, "an identity is its own normal form");
    if (const auto name = ServiceAccountName::parse(*id)) {
      SEINE_CHECK(name->identity() == *id, "an account's name loses nothing");
    }
  }
  if (const auto authority = Authority::parse(text)) {
    SEINE_CHECK(Authority::parse(authority->to_string()) == *authority, "an authority survives");
  }
  return 0;
}
