// SPDX-License-Identifier: Apache-2.0
// A name read from text or from wire has one text form, and that form reads as the same name.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "dns/name.h"

namespace {

void check_round_trips(const seine::dns::Name& name) {
  const auto again = seine::dns::Name::from_text(name.to_text());
  SEINE_CHECK(again && again->wire() == name.wire(), "the text form reads as the same name");
  std::vector<std::uint8_t> message;
  seine::dns::NameWriter writer;
  writer.write(name, message);
  const std::size_t second = message.size();
  writer.write(name, message);
  std::size_t offset = 0;
  const auto first = seine::dns::Name::from_wire(message, offset);
  SEINE_CHECK(first && first->wire() == name.wire() && offset == second, "plain wire form");
  const auto pointed = seine::dns::Name::from_wire(message, offset);
  SEINE_CHECK(pointed && *pointed == name && offset == message.size(), "compressed wire form");
  SEINE_CHECK(name.is_within(seine::dns::Name()), "every name is below the root");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = seine::dns::Name::from_text({reinterpret_cast<const char*>(data), size});
  if (text) check_round_trips(*text);
  // The first byte says where in the message to read, so that pointers find something behind them.
  std::size_t offset = size > 0 ? data[0] : 0;
  const auto wire = seine::dns::Name::from_wire({data, size}, offset);
  if (wire) check_round_trips(*wire);
  return 0;
}
