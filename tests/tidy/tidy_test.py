#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/tidy on tiny trees: what it refuses, with which sentence, and what it lets pass."""

import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

TIDY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "tidy"
LICENSE = "SPDX-License-" + "Identifier: Apache-2.0"


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text, license_line=True):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        mark = "//" if target.suffix in (".h", ".cc") else "#"
        first = f"{mark} {LICENSE}\n" if license_line else ""
        target.write_text(first + textwrap.dedent(text), encoding="utf-8")

    def tidy(self, *arguments):
        return subprocess.run([sys.executable, TIDY, "--root", self.root, "--text-only",
                               *arguments], capture_output=True, text=True)

    def assert_refused(self, sentence):
        out = self.tidy()
        self.assertIn(sentence, out.stdout)
        self.assertEqual(out.returncode, 1, out.stdout)

    def assert_passes(self):
        out = self.tidy()
        self.assertEqual(out.returncode, 0, out.stdout + out.stderr)
        self.assertIn(" 0 refused, 0 warned", out.stdout)


class IncludeDirection(TidyTest):
    def test_refuses_an_include_against_the_direction(self):
        self.write("src/model/route.cc", '#include "http/message.h"\n')
        self.assert_refused(
            "src/model/route.cc:2: [include-direction] model includes http/message.h, against "
            "the direction: model may use only base; move the shared part below both, or pass "
            "it in")

    def test_refuses_applications_that_include_each_other(self):
        self.write("src/proxy/app.cc", '#include "control/app.h"\n')
        self.assert_refused("proxy includes control/app.h, against the direction")

    def test_refuses_kubernetes_in_the_data_plane(self):
        self.write("src/proxy/app.cc", '#include "k8s/client.h"\n')
        self.assert_refused("proxy includes k8s/client.h, against the direction")

    def test_refuses_siblings(self):
        self.write("src/dns/resolver.cc", '#include "metrics/counter.h"\n')
        self.assert_refused("dns includes metrics/counter.h, against the direction")

    def test_refuses_generated_messages_below_grpc(self):
        self.write("src/http/client.cc", '#include "io/linkerd/proxy/net.pb.h"\n')
        self.assert_refused("http includes io/linkerd/proxy/net.pb.h, against the direction")

    def test_refuses_a_link_against_the_direction(self):
        self.write("src/base/CMakeLists.txt",
                   "seine_library(base SOURCES log.cc DEPS seine_http)\n")
        self.assert_refused("src/base/CMakeLists.txt:2: [include-direction] base links "
                            "seine_http, against the direction: base may use only nothing")

    def test_refuses_openssl_outside_crypto(self):
        self.write("src/http/tls.cc", "#include <openssl/ssl.h>\n")
        self.assert_refused("only src/crypto includes OpenSSL, and this is http")

    def test_refuses_a_fake_in_what_ships(self):
        self.write("src/proxy/app.cc", '#include "runtime/testing/manual_clock.h"\n')
        self.assert_refused("runtime/testing/manual_clock.h is a fake for tests")

    def test_refuses_a_relative_include(self):
        self.write("src/http/h2/frame.cc", '#include "../message.h"\n')
        self.assert_refused('"../message.h" is relative to this file')

    def test_refuses_a_folder_without_a_place(self):
        self.write("src/gadgets/gadget.cc", '#include "base/log.h"\n')
        self.assert_refused("src/gadgets has no place in the include direction")


class Sizes(TidyTest):
    def test_refuses_a_file_of_801_lines(self):
        self.write("src/base/long.cc", "\n" * 800)
        self.assert_refused(
            "src/base/long.cc:801: [file-length] the file has 801 lines and may have 800; split "
            "it by concept, or list it with a reason in tools/tidy-exceptions")

    def test_accepts_a_long_file_listed_with_a_reason(self):
        self.write("src/base/long.cc", "\n" * 800)
        self.write("tools/tidy-exceptions", "file-length src/base/long.cc one table of codes\n")
        self.assert_passes()

    def test_refuses_an_exception_that_excuses_nothing(self):
        self.write("src/base/short.cc", "\n")
        self.write("tools/tidy-exceptions", "file-length src/base/short.cc one table of codes\n")
        self.assert_refused("src/base/short.cc no longer needs an exception from file-length")

    def test_refuses_an_exception_without_a_reason(self):
        self.write("tools/tidy-exceptions", "file-length src/base/short.cc\n")
        self.assert_refused("tools/tidy-exceptions:2: [exceptions] a line says RULE PATH REASON")

    def test_warns_of_501_lines(self):
        self.write("src/base/long.cc", "\n" * 500)
        out = self.tidy()
        self.assertIn("warning: src/base/long.cc:501: [file-length]", out.stdout)
        self.assertEqual(out.returncode, 0)

    def test_refuses_a_function_of_71_lines(self):
        self.write("src/base/long.cc",
                   "namespace seine {\nint f() {\n" + "  g();\n" * 69 + "}\n}\n")
        self.assert_refused("src/base/long.cc:3: [function-length] the function has 71 lines and "
                            "may have 70")

    def test_refuses_a_long_constructor_whose_members_take_braces(self):
        self.write("src/base/long.cc",
                   "A::A()\n    : a_{1},\n      b_{2} {\n" + "  g();\n" * 67 + "}\n")
        self.assert_refused("src/base/long.cc:2: [function-length] the function has 71 lines")

    def test_accepts_a_long_class_of_short_functions(self):
        self.write("src/base/wide.cc",
                   "template <class T>\nclass A final : public B<T> {\n"
                   + "  void f() {\n    g('{');\n  }\n" * 40 + "};\n")
        self.assert_passes()

    def test_refuses_a_line_of_101_columns(self):
        self.write("src/base/wide.cc", "int a = 1; //" + " x" * 44 + "\n")
        self.assert_refused("src/base/wide.cc:2: [line-length] the line has 101 columns")


class Coroutines(TidyTest):
    def test_refuses_a_capturing_lambda_coroutine(self):
        self.write("src/http/server.cc", """\
            void Server::start() {
              scope_.spawn([this, id]() -> Task<Result<void>> {
                co_await serve(id);
              });
            }
            """)
        self.assert_refused(
            "src/http/server.cc:3: [capturing-coroutine] the lambda captures [this, id] and is a "
            "coroutine, which outlives its captures; pass them as parameters, or make it a named "
            "function")

    def test_refuses_one_without_parameters(self):
        self.write("src/http/server.cc", "auto f = [&] { co_return 1; };\n")
        self.assert_refused("the lambda captures [&] and is a coroutine")

    def test_accepts_a_coroutine_lambda_that_takes_parameters(self):
        self.write("src/http/server.cc", "auto f = [](int a) -> Task<int> { co_return a; };\n")
        self.assert_passes()

    def test_accepts_a_capturing_lambda_inside_a_coroutine(self):
        self.write("src/http/server.cc", """\
            Task<int> f(int a, std::span<int> b) {
              auto [x, y] = pair(b[a]);
              std::ranges::for_each(b, [a](int& n) { n += a; });
              co_return x + y;
            }
            """)
        self.assert_passes()

    def test_accepts_a_capturing_lambda_that_makes_a_coroutine(self):
        self.write("src/http/server.cc", """\
            auto f = [n] {
              return run([](int a) -> Task<int> { co_return a; }, n);
            };
            """)
        self.assert_passes()


class Words(TidyTest):
    def refused(self, code, sentence, path="src/base/word.cc"):
        self.write(path, code)
        self.assert_refused(sentence)

    def test_refuses_each_forbidden_call(self):
        for code, sentence in (
                ("strcpy(a, b);", "strcpy writes without a bound"),
                ("std::sprintf(a, b);", "std::sprintf writes without a bound"),
                ("auto n = system(a);", "system runs a shell"),
                ("auto n = rand() % 2;", "rand is shared state"),
                ("sleep(1);", "sleep stops the whole loop"),
                ("usleep(1);", "usleep stops the whole loop"),
                ("std::this_thread::sleep_for(1s);", "this_thread::sleep_ stops the whole loop"),
                ("throw 1;", "throw raises an exception"),
                ("std::thread(f).detach();", "detach lets a thread outlive its owner"),
                ("std::regex r(a);", "std::regex is slow"),
                ("#include <regex>", "#include <regex> costs seconds"),
                ("#include <iostream>", "#include <iostream> brings static constructors"),
                ("#include <gtest/gtest.h>", "#include <gtest/ belongs in tests")):
            with self.subTest(code):
                self.refused(f"void f() {{\n{code}\n}}\n", "src/base/word.cc:3: [forbidden-")
                self.assert_refused(sentence)

    def test_accepts_the_same_words_where_they_are_not_calls(self):
        self.write("src/base/word.cc", """\
            // throw strcpy(a, b) into the sea: system(1), using namespace std;
            const char* a = "throw \\" sprintf(a)";
            const char* b = R"(rand() ")";
            int n = 1'000'000;
            void f() { clock.rand(); my_strcpy(a); random(); }
            Task<void> g() { co_await sleep(loop, 1s); }
            """)
        self.assert_passes()

    def test_refuses_using_namespace_in_a_header_only(self):
        self.write("src/base/word.cc", "using namespace std::chrono_literals;\n")
        self.assert_passes()
        self.refused("#pragma once\nusing namespace std;\n", "using namespace in a header",
                     "src/base/word.h")

    def test_refuses_a_header_without_pragma_once(self):
        self.refused("int f();\n", "src/base/word.h:1: [pragma-once]", "src/base/word.h")

    def test_refuses_work_left_over(self):
        mark = "TO" + "DO"
        self.refused(f"// {mark}: later\n", f"[unfinished] {mark} marks work left over")

    def test_refuses_a_file_without_a_license(self):
        self.write("src/base/word.cc", "int a;\n", license_line=False)
        self.assert_refused("src/base/word.cc:1: [license]")

    def test_refuses_names_that_say_nothing(self):
        for path in ("src/base/utils.cc", "src/http/string_util.cc", "src/http/impl/a.cc"):
            with self.subTest(path):
                self.refused("int a;\n", f"{path}:1: [file-name]", path)

    def test_accepts_such_a_word_inside_a_name(self):
        self.write("src/crypto/common_name.cc", "int a;\n")
        self.assert_passes()


class Tree(TidyTest):
    def test_accepts_a_clean_tree(self):
        self.write("src/base/CMakeLists.txt", "seine_library(base SOURCES log.cc)\n")
        self.write("src/base/log.h", '#pragma once\n#include <string>\n')
        self.write("src/base/log.cc", '#include "base/log.h"\n')
        self.write("src/runtime/loop.cc", '#include "base/log.h"\n#include <gtest.h>\n')
        self.write("src/crypto/tls.cc", '#include <openssl/ssl.h>\n#include "runtime/loop.h"\n')
        self.write("src/proxy/app.cc",
                   '#include "grpc/call.h"\n#include "io/linkerd/proxy/net.pb.h"\n'
                   '#include "model/route.h"\n#include "proxy/outbound/route.h"\n')
        self.write("apps/seine-proxy/main.cc", '#include "proxy/app.h"\n')
        self.assert_passes()

    def test_looks_neither_into_builds_nor_into_corpora(self):
        self.write("build/dev/bad.cc", "throw 1;\n")
        self.write("src/http/corpus/h1/bad.h", "throw 1;\n")
        self.assert_passes()

    def test_answers_64_to_a_flag_it_does_not_know(self):
        out = self.tidy("--sideways")
        self.assertEqual(out.returncode, 64)
        self.assertIn("tidy: unrecognized arguments: --sideways", out.stderr)

    def test_answers_64_to_a_folder_that_is_not_there(self):
        out = self.tidy("--root", self.root / "nowhere")
        self.assertEqual(out.returncode, 64)
        self.assertIn("nowhere is not a folder", out.stderr)


if __name__ == "__main__":
    unittest.main()
