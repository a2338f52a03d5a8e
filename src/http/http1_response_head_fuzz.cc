// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/http1_head.h"
#include "http/http1_write.h"

namespace {

using namespace seine::http;
using seine::runtime::Bytes;

std::string read(std::string_view text, std::size_t step, Asked asked, ResponseHead& head,
                 ResponseFacts& facts, bool& parsed) {
  HeadBuffer buffer;
  parsed = false;
  while (!text.empty()) {
    Bytes in = Bytes::copy_of(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    const auto whole = buffer.feed(in);
    if (!whole) return whole.error().error.message;
    if (!*whole) continue;
    const auto result = parse_response_head(buffer.text(), asked, head);
    if (!result) return result.error().message;
    facts = *result;
    parsed = true;
    return std::string(buffer.text()) + "|" + std::string(in.view()) + std::string(text);
  }
  return "more";
}

std::string write(const ResponseHead& head, Framing framing, Asked asked) {
  std::string text;
  SEINE_CHECK(append_response_head(
                  text, head, framing, asked, head.version,
                  head.status == 101 ? ConnectionOption::kUpgrade : ConnectionOption::kNone),
              "what was parsed can be written");
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = data[0] + std::size_t{1};
  const Asked asked{(data[1] & 1) != 0, (data[1] & 2) != 0, (data[1] & 4) != 0};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  ResponseHead head;
  ResponseHead cut;
  ResponseFacts facts;
  bool parsed = false;
  bool parsed_cut = false;
  const std::string whole = read(text, text.size(), asked, head, facts, parsed);
  SEINE_CHECK(read(text, step, asked, cut, facts, parsed_cut) == whole, "the cut does not matter");
  if (!parsed) return 0;
  // The writer adds fields of its own, and what has as many as may be read has no room for them.
  if (head.headers.size() + kMaxAddedFields > kMaxFields) return 0;
  const std::string written = write(head, facts.framing, asked);
  ResponseHead again;
  ResponseFacts facts_again;
  read(written, written.size(), asked, again, facts_again, parsed);
  SEINE_CHECK(parsed, "what was written can be read");
  SEINE_CHECK(again.status == head.status, "the status survives");
  // An empty body of known length was said to be so before, or could not be told from silence.
  if (facts.framing.kind != Framing::Kind::kNone) {
    SEINE_CHECK(facts_again.framing == facts.framing, "the framing survives");
    SEINE_CHECK(write(again, facts_again.framing, asked) == written, "and says the same");
  }
  return 0;
}
