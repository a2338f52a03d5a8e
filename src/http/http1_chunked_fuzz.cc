// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/http1_body.h"
#include "http/http1_write.h"

namespace {

using seine::http::BodyDecoder;
using seine::http::ChunkHeader;
using seine::http::Framing;
using seine::http::Headers;
using seine::runtime::Bytes;

struct Outcome {
  std::string body;
  std::string trailers;  // as they are sent on, with the empty line that ends them
  std::string rest;
  std::string end = "more";
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view text, std::size_t step) {
  BodyDecoder decoder({Framing::Kind::kChunked, 0});
  Outcome outcome;
  while (!text.empty()) {
    Bytes in = Bytes::copy_of(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    for (bool more = false; !more;) {
      Bytes data;
      switch (decoder.next(in, data)) {
        case BodyDecoder::Step::kData:
          SEINE_CHECK(!data.empty(), "data has bytes");
          outcome.body += data.view();
          break;
        case BodyDecoder::Step::kNeedMore:
          SEINE_CHECK(in.empty(), "all was taken");
          more = true;
          break;
        case BodyDecoder::Step::kEnd:
          outcome.end = "end";
          outcome.rest = std::string(in.view()) + std::string(text);
          append_trailers(outcome.trailers, decoder.trailers() ? *decoder.trailers() : Headers());
          return outcome;
        case BodyDecoder::Step::kError: outcome.end = decoder.error().message; return outcome;
      }
    }
  }
  return outcome;
}

}  // namespace

// Any cut gives the same body, and a body encoded again decodes to itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] + std::size_t{1};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = decode(text, text.size());
  SEINE_CHECK(decode(text, step) == whole, "the cut does not matter");
  if (whole.end != "end" || whole.body.empty()) return 0;
  std::string again(ChunkHeader(whole.body.size()).view());
  again += whole.body + "\r\n0\r\n" + whole.trailers;
  const Outcome twice = decode(again, again.size());
  SEINE_CHECK(twice.end == "end" && twice.body == whole.body && twice.trailers == whole.trailers,
              "an encoded body is decoded to what it was");
  return 0;
}
