// SPDX-License-Identifier: Apache-2.0
// Intrusive doubly linked list: linking and unlinking allocate nothing and a node that dies leaves
// its list by itself. One thread.
#pragma once

#include <cstddef>

namespace seine::runtime {

class ListNode {
 public:
  ListNode() = default;
  ~ListNode() { unlink(); }
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool linked() const { return next_ != this; }
  void unlink() {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = this;
  }

 private:
  template <class T>
  friend class List;
  void link_before(ListNode& at) {
    prev_ = at.prev_;
    next_ = &at;
    at.prev_->next_ = this;
    at.prev_ = this;
  }

  ListNode* prev_ = this;
  ListNode* next_ = this;
};

// T derives from ListNode. Nodes are borrowed, never owned.
template <class T>
class List {
 public:
  List() = default;
  ~List() {
    while (!empty()) pop_front();
  }

  bool empty() const { return !head_.linked(); }
  // Moves the node here if it was in another list.
  void push_back(T& node) {
    node.ListNode::unlink();
    static_cast<ListNode&>(node).link_before(head_);
  }
  void push_front(T& node) {
    node.ListNode::unlink();
    static_cast<ListNode&>(node).link_before(*head_.next_);
  }
  T& front() { return static_cast<T&>(*head_.next_); }
  T& pop_front() {
    T& node = front();
    node.ListNode::unlink();
    return node;
  }
  // Takes every node of `other`, in order, behind its own.
  void splice(List& other) {
    if (other.empty()) return;
    ListNode& first = *other.head_.next_;
    ListNode& last = *other.head_.prev_;
    other.head_.prev_ = other.head_.next_ = &other.head_;
    first.prev_ = head_.prev_;
    head_.prev_->next_ = &first;
    last.next_ = &head_;
    head_.prev_ = &last;
  }
  // Calls visit(T&) for each node; visit may unlink the node it is given, and no other.
  template <class Visit>
  void for_each(Visit visit) {
    for (ListNode* node = head_.next_; node != &head_;) {
      ListNode* next = node->next_;
      visit(static_cast<T&>(*node));
      node = next;
    }
  }

 private:
  ListNode head_;
};

}  // namespace seine::runtime
