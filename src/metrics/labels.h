// SPDX-License-Identifier: Apache-2.0
// The label part of a series, `direction="inbound",tls="true"`, built once when the series is
// looked up. A label set is any struct with `void write(LabelWriter&) const`; two sets that write
// the same text are the same series.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace seine::metrics {

// A longer value is cut at a character's edge and ends in "...": peers choose some of them.
inline constexpr std::size_t kMaxLabelValue = 256;

class LabelWriter {
 public:
  // `name` is ours and trusted. In `value`, backslash, quote and newline are escaped, other
  // control characters and bytes that are not UTF-8 become U+FFFD, since one bad byte would make
  // a scraper refuse the whole body.
  LabelWriter& add(std::string_view name, std::string_view value);
  LabelWriter& add(std::string_view name, std::uint64_t value);

  const std::string& text() const { return text_; }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

template <class T>
concept LabelSet = requires(const T& labels, LabelWriter& writer) { labels.write(writer); };

struct NoLabels {
  void write(LabelWriter&) const {}
};

}  // namespace seine::metrics
