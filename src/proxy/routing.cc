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

HeadView::HeadView(const http::RequestHead& head)
    : head_(head), host_(host_of(head.effective_authority())) {
  const std::string_view target(head.path);
  const auto mark = target.find('?');
  path_ = target.substr(0, mark);
  if (mark != std::string_view::npos) query_ = target.substr(mark + 1);
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
