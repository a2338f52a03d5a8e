// SPDX-License-Identifier: Apache-2.0
// A source's file that was written by somebody else: either it is refused, or what is written of
// it is read as the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "control/telemetry/source_messages.h"
#include "crypto/digest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::control;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const seine::crypto::Sha256 digest = seine::crypto::sha256(bytes);
  TableBudgets budgets;
  const auto source =
      decode_kept(std::string(digest.begin(), digest.end()) + std::string(bytes), budgets);
  if (!source) return 0;
  const std::string kept = encode_kept(**source);
  const auto again = decode_kept(kept, budgets);
  SEINE_CHECK(again && encode_kept(**again) == kept, "what was kept is read as it was");
  return 0;
}
