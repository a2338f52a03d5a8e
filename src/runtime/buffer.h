// SPDX-License-Identifier: Apache-2.0
// Bytes in motion. A Block is a piece of memory with a reference count, a Bytes is a slice of one,
// an OutQueue is what a connection still has to send. All belong to one loop's thread; the counts
// are not atomic. What crosses threads is a std::string.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "runtime/byte_budget.h"

namespace seine::runtime {

class BlockPool;
class Bytes;

struct Block {
  std::uint32_t refs;
  std::uint32_t capacity;
  BlockPool* pool;  // null: from the heap, exact size, counted nowhere
  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
};

// Keeps freed blocks of kBlockSize for reuse, and counts what of its blocks is in use: the buffers
// of one loop. Must outlive its blocks (CHECKed).
class BlockPool {
 public:
  static constexpr std::size_t kBlockSize = 16 * 1024;  // header included
  static constexpr std::size_t kCapacity = kBlockSize - sizeof(Block);
  static constexpr std::size_t kKept = 32;  // spare blocks; what exceeds them returns to the heap

  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  Block* take();  // kCapacity bytes, refs == 1
  // A block of exactly that size, for what is small and may stay long.
  Bytes copy_of(std::string_view text);
  std::size_t in_use() const { return in_use_; }
  // What is in use counts as a share of a budget, once it has joined one.
  ByteBudget::Share& share() { return share_; }
  ByteBudget* budget() const { return share_.budget(); }  // null: it has joined none
  bool is_over_budget() const { return budget() != nullptr && budget()->is_over(); }

 private:
  friend class Bytes;
  void give_back(Block* block);

  std::vector<Block*> spare_;
  std::size_t in_use_ = 0;
  ByteBudget::Share share_;
};

// A shared slice of a Block; copying shares. Empty ones hold nothing.
class Bytes {
 public:
  Bytes() = default;
  // Adopts one reference of `block`.
  Bytes(Block* block, std::uint32_t offset, std::uint32_t size)
      : block_(block), offset_(offset), size_(size) {}
  Bytes(const Bytes& other) : block_(other.block_), offset_(other.offset_), size_(other.size_) {
    if (block_ != nullptr) ++block_->refs;
  }
  Bytes(Bytes&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        offset_(other.offset_),
        size_(std::exchange(other.size_, 0)) {}
  Bytes& operator=(Bytes other) noexcept {
    std::swap(block_, other.block_);
    std::swap(offset_, other.offset_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Bytes() {
    if (block_ != nullptr && --block_->refs == 0) release(block_);
  }
  // A copy in a heap block of exactly that size (no pool block is pinned by a small value).
  static Bytes copy_of(std::string_view text);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::byte* data() const { return block_ == nullptr ? nullptr : block_->data() + offset_; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data()), size_}; }
  void remove_prefix(std::size_t n) {
    SEINE_CHECK(n <= size_, "more bytes removed than there are");
    offset_ += static_cast<std::uint32_t>(n);
    size_ -= static_cast<std::uint32_t>(n);
  }
  // The first n bytes, sharing; this keeps the rest.
  Bytes take_prefix(std::size_t n) {
    Bytes head(*this);
    remove_prefix(n);
    head.size_ = static_cast<std::uint32_t>(n);
    return head;
  }

 private:
  friend class OutQueue;
  static void release(Block* block);

  Block* block_ = nullptr;
  std::uint32_t offset_ = 0;
  std::uint32_t size_ = 0;
};

// Output in order. Small pieces are copied together, large ones are kept as slices.
class OutQueue {
 public:
  static constexpr std::size_t kCopyBelow = 2048;

  explicit OutQueue(BlockPool& pool) : pool_(pool) {}
  ~OutQueue() = default;
  OutQueue(const OutQueue&) = delete;
  OutQueue& operator=(const OutQueue&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void append(std::string_view text);
  void append(Bytes bytes);
  // Fills up to iov.size() entries from the front, returns how many.
  std::size_t gather(std::span<iovec> iov) const;
  void consume(std::size_t n);
  void clear();

 private:
  BlockPool& pool_;
  std::vector<Bytes> pieces_;
  std::size_t first_ = 0;  // pieces_ before it are spent
  // Whether the last piece lies in a block of this queue's own, with room behind it to fill.
  bool tail_open_ = false;
  std::size_t size_ = 0;
};

}  // namespace seine::runtime
