// SPDX-License-Identifier: Apache-2.0
#include "crypto/pem.h"

#include "gtest/gtest.h"

namespace seine::crypto {
namespace {

constexpr char kTwo[] =
    "-----BEGIN A-----\nYWxwaGE=\n-----END A-----\n-----BEGIN B C-----\nYmV0YQ==\n-----END B "
    "C-----";

std::string said(std::string_view text) {
  const auto blocks = parse_pem(text, "trust anchors");
  if (!blocks) return blocks.error().message;
  std::string out;
  for (const PemBlock& block : *blocks) {
    out.append(block.label).append("=").append(block.octets.view()).append(";");
  }
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(Pem, reads_blocks_with_and_without_a_final_newline) {
  EXPECT_EQ(said(kTwo), "A=alpha;B C=beta;");
  EXPECT_EQ(said(std::string(kTwo) + "\n"), "A=alpha;B C=beta;");
  EXPECT_EQ(said(std::string(kTwo) + "\n\n \n"), "A=alpha;B C=beta;");
}

TEST(Pem, reads_every_line_ending) {
  EXPECT_EQ(said(replaced(kTwo, "\n", "\r\n")), "A=alpha;B C=beta;");
  EXPECT_EQ(said(replaced(kTwo, "\n", "\r")), "A=alpha;B C=beta;");
  EXPECT_EQ(said(replaced(kTwo, "\n", "\n\n")), "A=alpha;B C=beta;");
}

TEST(Pem, passes_over_comments_a_byte_order_mark_and_indentation) {
  EXPECT_EQ(said("\xEF\xBB\xBF" + std::string(kTwo)), "A=alpha;B C=beta;");
  EXPECT_EQ(said("# root of 2026\n---- \xFF" + std::string("\0", 1) + "\n" + kTwo + "\nbye: bye"),
            "A=alpha;B C=beta;");
  EXPECT_EQ(said("    " + replaced(kTwo, "\n", "  \n\t ")), "A=alpha;B C=beta;");
}

TEST(Pem, takes_base64_in_any_wrapping) {
  EXPECT_EQ(said("-----BEGIN A-----\nYW xw\naG\tE\n=\n-----END A-----"), "A=alpha;");
}

TEST(Pem, finds_nothing_in_a_text_without_blocks) {
  EXPECT_EQ(said(""), "");
  EXPECT_EQ(said("\n\nhello\n"), "");
}

TEST(Pem, names_block_and_line_of_what_is_wrong) {
  EXPECT_EQ(said("x\n" + replaced(kTwo, "YmV0YQ==", "Ym!0YQ==")),
            "trust anchors: block 2 at line 5: not valid base64");
  EXPECT_EQ(said(replaced(kTwo, "YmV0YQ==", "")), "trust anchors: block 2 at line 4: empty");
  EXPECT_EQ(said(replaced(kTwo, "-----END B C-----", "")),
            "trust anchors: block 2 at line 4: the text ends before its END line");
  EXPECT_EQ(said(replaced(kTwo, "-----END A-----", "")),
            "trust anchors: block 1 at line 1: another BEGIN line before its END line");
  EXPECT_EQ(said(replaced(kTwo, "END B C", "END B")),
            "trust anchors: block 2 at line 4: its END line does not match its BEGIN");
  EXPECT_EQ(said(replaced(kTwo, "-----BEGIN B C-----", "")),
            "trust anchors: line 6: an END line without a BEGIN line");
  EXPECT_EQ(said(replaced(kTwo, "-----BEGIN B C-----", "-----BEGIN B C----")),
            "trust anchors: line 4: a BEGIN line that is not whole");
  EXPECT_EQ(said("-----BEGIN -----"), "trust anchors: line 1: a BEGIN line that is not whole");
  EXPECT_EQ(said("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n"),
            "trust anchors: block 1 at line 1: header lines inside a block, as in encrypted keys, "
            "are not supported");
}

TEST(Pem, refuses_bad_base64) {
  for (const char* bad :
       {"YQ", "YQ=", "YQ===", "Y", "=", "====", "YQ==YQ==", "YQ=A", "Y-_=", "Y Q\x80="}) {
    EXPECT_EQ(said("-----BEGIN A-----\n" + std::string(bad) + "\n-----END A-----"),
              "trust anchors: block 1 at line 1: not valid base64")
        << bad;
  }
}

TEST(Pem, keeps_its_limits) {
  const std::string block = "-----BEGIN A-----\nYQ==\n-----END A-----\n";
  std::string many;
  for (std::size_t i = 0; i < kMaxPemBlocks; ++i) many += block;
  EXPECT_EQ(parse_pem(many, "x")->size(), kMaxPemBlocks);
  EXPECT_EQ(parse_pem(many + block, "x").error().message, "x: more than the limit of 256 blocks");
  EXPECT_TRUE(parse_pem(std::string(kMaxPemBytes, '\n'), "x").has_value());
  EXPECT_EQ(parse_pem(std::string(kMaxPemBytes + 1, '\n'), "x").error().message,
            "x: longer than the limit of 1048576 bytes");
}

TEST(Pem, writes_what_it_reads) {
  for (std::size_t size = 1; size < 200; ++size) {
    std::string octets;
    for (std::size_t i = 0; i < size; ++i) octets.push_back(static_cast<char>(i * 37 + size));
    const auto blocks = parse_pem(to_pem("SOME THING", octets), "x");
    ASSERT_TRUE(blocks.has_value()) << size;
    ASSERT_EQ(blocks->size(), 1U);
    EXPECT_EQ(blocks->front().label, "SOME THING");
    EXPECT_EQ(blocks->front().octets.view(), octets);
  }
}

TEST(Pem, writes_64_columns) {
  EXPECT_EQ(to_pem("A", std::string(49, '\0')),
            "-----BEGIN A-----\n" + std::string(64, 'A') + "\nAA==\n-----END A-----\n");
  EXPECT_EQ(to_pem("A", std::string(48, '\0')),
            "-----BEGIN A-----\n" + std::string(64, 'A') + "\n-----END A-----\n");
}

}  // namespace
}  // namespace seine::crypto
