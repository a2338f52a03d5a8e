// SPDX-License-Identifier: Apache-2.0
// What parses is written as text that parses to the same value.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "json/value.h"
#include "json/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const auto value = json::parse({reinterpret_cast<const char*>(data), size});
  if (!value) {
    SEINE_CHECK(!value.error().message.empty(), "a refusal says why");
    return 0;
  }
  json::Writer writer;
  writer.value(*value);
  const auto again = json::parse(std::move(writer).take());
  SEINE_CHECK(again && *again == *value, "the written text parses to the same value");
  return 0;
}
