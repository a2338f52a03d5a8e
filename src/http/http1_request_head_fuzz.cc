// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/http1_head.h"
#include "http/http1_write.h"

namespace {

using seine::http::HeadBuffer;
using seine::http::kMaxAddedFields;
using seine::http::kMaxFields;
using seine::http::RequestHead;
using seine::runtime::Bytes;

// What came of the bytes, in words that can be compared.
std::string read(std::string_view text, std::size_t step, RequestHead& head, bool& parsed) {
  HeadBuffer buffer;
  parsed = false;
  while (!text.empty()) {
    Bytes in = Bytes::copy_of(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    const auto whole = buffer.feed(in);
    if (!whole) return whole.error().error.message;
    if (!*whole) continue;
    const auto facts = parse_request_head(buffer.text(), head);
    if (!facts) return facts.error().error.message;
    parsed = true;
    return std::string(buffer.text()) + "|" + std::string(in.view()) + std::string(text);
  }
  return "more";
}

std::string write(const RequestHead& head) {
  std::string text;
  const auto option = seine::http::ConnectionOption::kNone;
  SEINE_CHECK(append_request_head(text, head, {}, option), "what was parsed can be written");
  return text;
}

}  // namespace

// Any cut gives the same result, and what is written is read as what it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] + std::size_t{1};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  RequestHead head;
  RequestHead cut;
  bool parsed = false;
  bool parsed_cut = false;
  const std::string whole = read(text, text.size(), head, parsed);
  SEINE_CHECK(read(text, step, cut, parsed_cut) == whole, "the cut does not matter");
  if (!parsed) return 0;
  // The writer adds fields of its own, and what has as many as may be read has no room for them.
  if (head.headers.size() + kMaxAddedFields > kMaxFields) return 0;
  const std::string written = write(head);
  RequestHead again;
  read(written, written.size(), again, parsed);
  SEINE_CHECK(parsed, "what was written can be read");
  SEINE_CHECK(write(again) == written, "and says the same");
  SEINE_CHECK(again.method == head.method && again.path == head.path &&
                  again.authority == head.authority && again.version == head.version,
              "the request line survives");
  return 0;
}
