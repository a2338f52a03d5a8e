// SPDX-License-Identifier: Apache-2.0
// Writing to a descriptor that others read at their own pace, such as stderr: a pipe whose reader
// stands still must not stop who writes. The flags of the descriptor are left alone, since other
// processes may share them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

namespace seine {

// Any thread. `fd` is borrowed.
class PromptWriter {
 public:
  // As much of one write to a pipe as is written whole or not at all, so that what several writers
  // write there is not mingled (PIPE_BUF).
  static constexpr std::size_t kWhole = 4096;

  explicit PromptWriter(int fd);
  PromptWriter(const PromptWriter&) = delete;
  PromptWriter& operator=(const PromptWriter&) = delete;
  ~PromptWriter();

  // As write(2); where that would wait, -1 with EAGAIN. A disk is waited for.
  ssize_t write(std::string_view data) const;

 private:
  enum class Kind : unsigned char { kFile, kSocket, kOther };

  const int fd_;
  int own_ = -1;  // the same pipe, opened anew so that it does not wait; -1: none
  Kind kind_;
};

}  // namespace seine
