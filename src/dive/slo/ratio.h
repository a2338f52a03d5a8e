// SPDX-License-Identifier: Apache-2.0
// Exact fractions of counts. Everything that is shown of an objective is computed from integers and
// cut to digits once, when it becomes text: floating point would print 58.949999999999995.
#pragma once

namespace seine::dive {

__extension__ using Int128 = __int128;

// `denominator` is above 0. Both stay within 2^94, so that text of them fits 128 bits: that is a
// count of up to 2^63 in billionths.
struct Ratio {
  Int128 numerator = 0;
  Int128 denominator = 1;

  long double value() const {
    return static_cast<long double>(numerator) / static_cast<long double>(denominator);
  }
  friend bool operator==(const Ratio& a, const Ratio& b) {
    return a.numerator == b.numerator && a.denominator == b.denominator;
  }
};

// Towards minus infinity and plus infinity; `denominator` is above 0.
constexpr Int128 floor_divide(Int128 numerator, Int128 denominator) {
  const Int128 quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}
constexpr Int128 ceil_divide(Int128 numerator, Int128 denominator) {
  return -floor_divide(-numerator, denominator);
}

}  // namespace seine::dive
