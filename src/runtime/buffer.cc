// SPDX-License-Identifier: Apache-2.0
#include "runtime/buffer.h"

#include <algorithm>
#include <new>

#include "base/check.h"
#include "runtime/task.h"

namespace seine::runtime {

namespace {

Block* allocate(std::size_t capacity, BlockPool* pool) {
  void* memory = allocate_frame(sizeof(Block) + capacity);
  return new (memory) Block{1, static_cast<std::uint32_t>(capacity), pool};
}

Bytes copy(std::string_view text, BlockPool* pool) {
  Block* block = allocate(text.size(), pool);
  memcpy(block->data(), text.data(), text.size());
  return Bytes(block, 0, static_cast<std::uint32_t>(text.size()));
}

void free_block(Block* block) {
  free_frame(block, sizeof(Block) + block->capacity);
}

}  // namespace

BlockPool::~BlockPool() {
  SEINE_CHECK(in_use_ == 0, "a block outlives its loop");
  for (Block* block : spare_) free_block(block);
}

Block* BlockPool::take() {
  ++in_use_;
  share_.add(kBlockSize);
  if (spare_.empty()) return allocate(kCapacity, this);
  Block* block = spare_.back();
  spare_.pop_back();
  block->refs = 1;
  return block;
}

void BlockPool::give_back(Block* block) {
  --in_use_;
  share_.subtract(sizeof(Block) + block->capacity);
  if (block->capacity == kCapacity && spare_.size() < kKept) {
    spare_.push_back(block);
  } else {
    free_block(block);
  }
}

Bytes BlockPool::copy_of(std::string_view text) {
  // Where nobody asks what is held, such a block belongs to no pool and may outlive its loop.
  if (text.empty() || budget() == nullptr) return Bytes::copy_of(text);
  ++in_use_;
  share_.add(sizeof(Block) + text.size());
  return copy(text, this);
}

void Bytes::release(Block* block) {
  if (block->pool != nullptr) {
    block->pool->give_back(block);
  } else {
    free_block(block);
  }
}

Bytes Bytes::copy_of(std::string_view text) {
  return text.empty() ? Bytes() : copy(text, nullptr);
}

void OutQueue::append(std::string_view text) {
  size_ += text.size();
  while (!text.empty()) {
    if (!tail_open_) {
      pieces_.emplace_back(pool_.take(), 0, 0);
      tail_open_ = true;
    }
    Bytes& tail = pieces_.back();
    const std::size_t end = tail.offset_ + tail.size_;
    const std::size_t n = std::min(text.size(), tail.block_->capacity - end);
    memcpy(tail.block_->data() + end, text.data(), n);
    tail.size_ += static_cast<std::uint32_t>(n);
    text.remove_prefix(n);
    if (!text.empty()) tail_open_ = false;
  }
}

void OutQueue::append(Bytes bytes) {
  if (bytes.empty()) return;
  if (bytes.size() < kCopyBelow) {
    append(bytes.view());
    return;
  }
  size_ += bytes.size();
  pieces_.push_back(std::move(bytes));
  tail_open_ = false;
}

std::size_t OutQueue::gather(std::span<iovec> iov) const {
  std::size_t n = 0;
  for (std::size_t i = first_; i < pieces_.size() && n < iov.size(); ++i) {
    if (pieces_[i].empty()) continue;
    iov[n++] = {const_cast<std::byte*>(pieces_[i].data()), pieces_[i].size()};
  }
  return n;
}

void OutQueue::consume(std::size_t n) {
  SEINE_CHECK(n <= size_, "more consumed than queued");
  size_ -= n;
  if (size_ == 0) {
    clear();
    return;
  }
  while (n > 0) {
    Bytes& piece = pieces_[first_];
    const std::size_t step = std::min(n, piece.size());
    piece.remove_prefix(step);
    n -= step;
    if (piece.empty()) {
      piece = Bytes();
      ++first_;
    }
  }
  // A queue that is never quite empty must not keep its spent entries for ever.
  if (first_ >= 64) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void OutQueue::clear() {
  // An idle connection does not keep the table of its largest burst.
  constexpr std::size_t kTableKept = 16;
  if (pieces_.capacity() > kTableKept) std::vector<Bytes>().swap(pieces_);
  pieces_.clear();
  first_ = 0;
  size_ = 0;
  tail_open_ = false;
}

}  // namespace seine::runtime
