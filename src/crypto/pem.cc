// SPDX-License-Identifier: Apache-2.0
#include "crypto/pem.h"

#include <cstdint>
#include <optional>

namespace seine::crypto {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kBegin = "-----BEGIN";
constexpr std::string_view kEnd = "-----END";
constexpr std::string_view kBlanks = " \t\v\f";
constexpr std::size_t kMaxLabel = 64;

std::string_view trim(std::string_view line) {
  const auto first = line.find_first_not_of(kBlanks);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

// Lines of any ending, trimmed, with their numbers.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    ++number_;
    const auto end = rest_.find_first_of("\r\n");
    const std::string_view line = rest_.substr(0, end);
    if (end == rest_.npos) {
      rest_ = {};
    } else {
      rest_.remove_prefix(end + (rest_.substr(end, 2) == "\r\n" ? 2 : 1));
    }
    return trim(line);
  }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

// The label of "-----BEGIN label-----" given its first word, or nullopt if the line is not whole.
std::optional<std::string_view> boundary_label(std::string_view line, std::string_view word) {
  if (line.size() <= word.size() + 1 + kDashes.size()) return std::nullopt;
  if (line[word.size()] != ' ' || !line.ends_with(kDashes)) return std::nullopt;
  line.remove_prefix(word.size() + 1);
  line.remove_suffix(kDashes.size());
  if (line.size() > kMaxLabel) return std::nullopt;
  for (const char c : line) {
    if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ')) return std::nullopt;
  }
  return line;
}

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

bool decode_base64(const std::vector<std::string_view>& lines, Secret& out) {
  std::uint32_t bits = 0;
  int sextets = 0;
  int padding = 0;
  for (const std::string_view line : lines) {
    for (const char c : line) {
      if (kBlanks.find(c) != kBlanks.npos) continue;
      if (c == '=') {
        if (++padding > 2) return false;
        continue;
      }
      const int value = sextet(c);
      if (value < 0 || padding > 0) return false;
      bits = bits << 6 | static_cast<std::uint32_t>(value);
      if (++sextets % 4 == 0) {
        for (const int shift : {16, 8, 0}) out.append(static_cast<char>(bits >> shift & 0xff));
      }
    }
  }
  if ((sextets + padding) % 4 != 0) return false;
  if (padding == 2) out.append(static_cast<char>(bits >> 4 & 0xff));
  if (padding == 1) {
    out.append(static_cast<char>(bits >> 10 & 0xff));
    out.append(static_cast<char>(bits >> 2 & 0xff));
  }
  return true;
}

// Everything after a BEGIN line up to and with its END.
Result<> read_block(Lines& lines, PemBlock& block, const std::string& where) {
  std::vector<std::string_view> body;
  std::size_t size = 0;
  for (;;) {
    const auto line = lines.next();
    if (!line)
      return fail(ErrorCode::kInvalidConfig, where + ": the text ends before its END line");
    if (line->starts_with(kEnd)) {
      if (boundary_label(*line, kEnd) != block.label) {
        return fail(ErrorCode::kInvalidConfig, where + ": its END line does not match its BEGIN");
      }
      break;
    }
    if (line->starts_with(kBegin)) {
      return fail(ErrorCode::kInvalidConfig, where + ": another BEGIN line before its END line");
    }
    if (line->find(':') != line->npos) {
      return fail(ErrorCode::kInvalidConfig,
                  where + ": header lines inside a block, as in encrypted keys, are not supported");
    }
    body.push_back(*line);
    size += line->size();
  }
  block.octets.reserve(size / 4 * 3 + 3);
  if (!decode_base64(body, block.octets)) {
    return fail(ErrorCode::kInvalidConfig, where + ": not valid base64");
  }
  if (block.octets.view().empty()) return fail(ErrorCode::kInvalidConfig, where + ": empty");
  return {};
}

}  // namespace

std::string PemBlock::where() const {
  return "block " + std::to_string(number) + " at line " + std::to_string(line);
}

Result<std::vector<PemBlock>> parse_pem(std::string_view text, std::string_view what) {
  const std::string prefix = std::string(what) + ": ";
  if (text.size() > kMaxPemBytes) {
    return fail(ErrorCode::kInvalidConfig,
                prefix + "longer than the limit of " + std::to_string(kMaxPemBytes) + " bytes");
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<PemBlock> blocks;
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (!line->starts_with(kBegin) && !line->starts_with(kEnd)) continue;
    const std::string at = prefix + "line " + std::to_string(lines.number());
    if (line->starts_with(kEnd)) {
      return fail(ErrorCode::kInvalidConfig, at + ": an END line without a BEGIN line");
    }
    const auto label = boundary_label(*line, kBegin);
    if (!label) {
      return fail(ErrorCode::kInvalidConfig, at + ": a BEGIN line that is not whole");
    }
    if (blocks.size() == kMaxPemBlocks) {
      return fail(ErrorCode::kInvalidConfig,
                  prefix + "more than the limit of " + std::to_string(kMaxPemBlocks) + " blocks");
    }
    PemBlock& block = blocks.emplace_back();
    block.label = *label;
    block.number = static_cast<int>(blocks.size());
    block.line = lines.number();
    if (auto read = read_block(lines, block, prefix + block.where()); !read) {
      return fail(std::move(read).error());
    }
  }
  return blocks;
}

std::string to_pem(std::string_view label, std::string_view octets) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kOctetsPerLine = 48;
  std::string out;
  // Reserved whole, so that a caller with a secret has one buffer to wipe.
  out.reserve(octets.size() / 3 * 4 + octets.size() / kOctetsPerLine + 2 * label.size() + 64);
  out.append("-----BEGIN ").append(label).append("-----\n");
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t taken = octets.size() - i < 3 ? octets.size() - i : 3;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < taken ? static_cast<std::uint8_t>(octets[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out.push_back(j <= taken ? kAlphabet[bits >> (18 - 6 * j) & 63] : '=');
    }
    if ((i + 3) % kOctetsPerLine == 0 && i + 3 < octets.size()) out.push_back('\n');
  }
  out.append("\n-----END ").append(label).append("-----\n");
  return out;
}

}  // namespace seine::crypto
