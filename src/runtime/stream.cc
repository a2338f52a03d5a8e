// SPDX-License-Identifier: Apache-2.0
#include "runtime/stream.h"

namespace seine::runtime {

IoResult read_block(Stream& stream, BlockPool& pool, Bytes& out) {
  Block* block = pool.take();
  const IoResult result = stream.try_read({block->data(), block->capacity});
  // With no bytes this gives the block straight back.
  out = Bytes(block, 0, static_cast<std::uint32_t>(result.bytes));
  if (result.bytes == 0) out = Bytes();
  return result;
}

}  // namespace seine::runtime
