// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "grpc/frame.h"
#include "grpc/status.h"

// The first byte says into what pieces the rest is cut. Whatever comes out, framed again, is the
// prefix of what went in; and what percent_encode makes is read back as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  seine::grpc::FrameDecoder decoder(1024);
  std::string again;
  bool failed = false;
  for (std::size_t at = 0; at < bytes.size() && !failed; at += piece) {
    decoder.feed(bytes.substr(at, piece));
    for (;;) {
      const auto message = decoder.next();
      failed = !message.has_value();
      if (failed || !*message) break;
      seine::grpc::append_frame(**message, again);
    }
  }
  SEINE_CHECK(bytes.starts_with(again), "messages come out as they went in");
  SEINE_CHECK(failed || !decoder.at_boundary() || again.size() == bytes.size(),
              "at a boundary nothing is left over");
  SEINE_CHECK(seine::grpc::percent_decode(seine::grpc::percent_encode(bytes)) == bytes,
              "percent coding loses nothing");
  seine::http::Headers headers;
  headers.add("grpc-status", bytes.substr(0, 100));
  SEINE_CHECK(seine::grpc::parse_status(headers).has_value(), "a status is always something");
  (void)seine::grpc::parse_timeout(bytes);
  return 0;
}
