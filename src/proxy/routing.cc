// SPDX-License-Identifier: Apache-2.0
#include "proxy/routing.h"

namespace seine::proxy {

namespace {

// Without the port; brackets of an IPv6 literal stay.
std::string_view host_of(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos) {
    return authority;
  }
  return authority.substr(0, colon);
}

}  // namespace

std::string_view path_of(const http::RequestHead& head) {
  return std::string_view(head.path).substr(0, head.path.find('?'));
}

HeadView::HeadView(const http::RequestHead& head)
    : head_(head), host_(host_of(head.effective_authority())) {
  path_ = path_of(head);
  if (path_.size() < head.path.size())
    query_ = std::string_view(head.path).substr(path_.size() + 1);
}

std::optional<std::string_view> HeadView::value(std::string_view name, std::size_t index) const {
  for (std::size_t i = 0; i < head_.headers.size(); ++i) {
    const http::Headers::Field field = head_.headers.at(i);
    if (field.name == name && index-- == 0) return field.value;
  }
  return std::nullopt;
}

model::RequestView HeadView::view() const {
  return {.host = host_, .path = path_, .query = query_, .method = head_.method, .headers = *this};
}

}  // namespace seine::proxy
