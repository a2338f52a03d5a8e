// SPDX-License-Identifier: Apache-2.0
// A request head as the route matchers of model/ see it.
#pragma once

#include <string_view>

#include "http/message.h"
#include "model/request_match.h"

namespace seine::proxy {

// The path of a request without its query, which may hold secrets. Borrows the head.
std::string_view path_of(const http::RequestHead& head);

class HeadView final : public model::HeaderSource {
 public:
  explicit HeadView(const http::RequestHead& head);
  std::optional<std::string_view> value(std::string_view name, std::size_t index) const override;
  // Borrows this object and the head.
  model::RequestView view() const;

 private:
  const http::RequestHead& head_;
  std::string_view host_;
  std::string_view path_;
  std::string_view query_;
};

}  // namespace seine::proxy
