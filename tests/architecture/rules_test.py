#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules themselves: each catches what it is there for, and leaves alone what is allowed."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
import rules  # noqa: E402

HEAD = "// SPDX-License-Identifier: GPL-3.0-or-later\n"


class Rules(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = Path(self._folder.name)
        self.put("CMakeLists.txt", "# SPDX-License-Identifier: GPL-3.0-or-later\n")

    def put(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self) -> list:
        return list(rules.violations(self.root))

    def expect(self, rule: str, file: str, body: str, line: int = 2) -> None:
        self.put(file, HEAD + body)
        self.assertEqual([(v.rule, v.file, v.line) for v in self.found()], [(rule, file, line)])

    def expect_clean(self, file: str, body: str) -> None:
        self.put(file, HEAD + body)
        self.assertEqual(self.found(), [])

    def test_inside_the_window_includes_go_down_too(self) -> None:
        for file, header in (("app/gui/kit/a.h", "app/gui/picker/b.h"), ("app/gui/check/a.h", "app/gui/scratch/b.h"),
                             ("app/gui/probers/a.h", "app/gui/main_window.h"), ("app/gui/widgets/a.h", "app/gui/kit/b.h")):
            with self.subTest(file):
                self.expect("floors", file, f'#include "{header}"\n')
                (self.root / file).unlink()
        self.expect_clean("app/gui/check/a.h", '#include "app/gui/picker/b.h"\n')
        self.expect_clean("app/gui/main_window.h", '#include "app/gui/check/b.h"\n')

    def test_a_test_that_sees_what_others_made_is_caught(self) -> None:
        for file, body in (
                ("tests/gui/CMakeLists.txt", "add_test(NAME a COMMAND b)\n"),
                ("tests/gui/portal_test.cpp", 'daemon.start("dbus-daemon");\n'),
                ("tests/cli/tst_remote.cpp", 'run({"sh", "-c", "ps -o comm= -u ann"});\n'),
                ("tests/cli/tst_remote.cpp", 'run({"pkill", "ssh"});\n')):
            with self.subTest(body):
                self.expect("alone", file, body)
                (self.root / file).unlink()

    def test_a_test_that_sees_what_it_made_is_allowed(self) -> None:
        self.expect_clean("tests/gui/CMakeLists.txt", "scratchproof_add_test(a COMMAND b)\n")
        self.expect_clean("tests/support/private_bus.cpp", 'daemon.arguments = {"dbus-daemon"};\n')
        self.expect_clean("tests/cli/tst_remote.cpp", "QVERIFY(descendants().empty()); // no ps\n")
        self.expect_clean("app/gui/portal.cpp", '// what "dbus-daemon" gives\n')

    def test_a_call_of_the_seam_that_cannot_be_made_to_fail_is_caught(self) -> None:
        faulty = "class FaultyFiles : public ForwardingFiles\n{\n    Result<void> sync(int fd) override;\n};\n"
        self.put("tests/support/faults.h", HEAD + faulty)
        self.put("tests/support/tst_faults.cpp", HEAD + "files.sync(-1); files.rewind(-1);\n")
        self.expect("faults", "core/system/files.h", "class Files\n{\n    virtual Result<void> sync(int fd) = 0;\n"
                    "    virtual Result<void> rewind(int fd) = 0;\n};\n", 5)

    def test_a_call_of_the_seam_that_is_not_made_to_fail_is_caught(self) -> None:
        faulty = "class FaultyFiles : public ForwardingFiles\n{\n    Result<void> sync(int fd) override;\n};\n"
        self.put("tests/support/faults.h", HEAD + faulty)
        self.expect("faults", "core/system/files.h", "class Files\n{\n    virtual Result<void> sync(int fd) = 0;\n};\n", 4)

    def test_calls_that_cannot_fail_are_passed_over(self) -> None:
        self.expect_clean("core/system/processes.h", "class Processes\n{\n    virtual void notify(int notifier) = 0;\n};\n")

    def test_qt_in_core_is_caught(self) -> None:
        self.expect("no-qt", "core/probe/probe.cpp", "#include <QString>\n")

    def test_a_qt_module_header_in_core_is_caught(self) -> None:
        self.expect("no-qt", "core/probe/probe.cpp", "#include <QtCore/qglobal.h>\n")

    def test_qt_in_the_console_program_is_caught(self) -> None:
        self.expect("no-qt", "app/cli/main.cpp", "\n#include <QCoreApplication>\n", 3)

    def test_qt_in_the_window_is_allowed(self) -> None:
        self.expect_clean("app/gui/main_window.cpp", "#include <QMainWindow>\n")

    def test_unistd_above_the_seam_is_caught(self) -> None:
        self.expect("seam", "core/probe/probe.cpp", "#include <unistd.h>\n")

    def test_a_sys_header_in_the_window_is_caught(self) -> None:
        self.expect("seam", "app/gui/main.cpp", "#  include <sys/stat.h>\n")

    def test_a_linux_header_above_the_seam_is_caught(self) -> None:
        self.expect("seam", "core/tree/remove_tree.cpp", "#include <linux/openat2.h>\n")

    def test_system_headers_in_the_seam_are_allowed(self) -> None:
        self.expect_clean("core/system/linux_files.cpp", "#include <sys/stat.h>\n#include <unistd.h>\n")

    def test_an_exception_holds_for_its_one_file_only(self) -> None:
        self.expect_clean("core/base/unique_fd.cpp", "#include <unistd.h>\n")
        self.expect("seam", "core/base/clock.cpp", "#include <unistd.h>\n")

    def test_libacl_outside_its_file_is_caught(self) -> None:
        self.expect_clean("core/facts/acl.cpp", "#include <sys/acl.h>\n")
        self.expect("seam", "core/facts/rights.cpp", "#include <sys/acl.h>\n")

    def test_sqlite_outside_the_store_is_caught(self) -> None:
        self.expect("libraries", "core/scratch/registry.cpp", "#include <sqlite3.h>\n")

    def test_filesystem_outside_its_file_is_caught(self) -> None:
        self.expect("seam", "core/scratch/locate.cpp", "#include <filesystem>\n")

    def test_what_throws_of_filesystem_is_caught(self) -> None:
        for call in ("fs::exists(path)", "fs::permissions(path, fs::perms::owner_all)", "fs::exists (path, other)",
                     "fs::is_directory(a(b, problem))", "std::filesystem::remove(\n    path)",
                     "fs::create_directories(path)", "fs::file_size(path) + f(problem)",
                     "fs::directory_iterator(path, problem)", "for (std::filesystem::directory_entry e : all) {}"):
            with self.subTest(call):
                self.expect("exceptions", "core/store/database.cpp",
                            f"namespace fs = std::filesystem;\nstd::error_code problem;\nauto a = {call};\n", 4)

    def test_using_filesystem_without_its_name_is_caught(self) -> None:
        for using in ("using namespace std::filesystem;", "using std::filesystem::exists;"):
            with self.subTest(using):
                self.expect("exceptions", "core/store/database.cpp", using + "\n")

    def test_what_does_not_throw_of_filesystem_is_allowed(self) -> None:
        self.expect_clean("core/store/database.cpp",
                          "#include <filesystem>\nnamespace fs = std::filesystem;\nstd::error_code problem;\n"
                          "bool f(std::error_code& other) {\n    fs::permissions(path, fs::perms::owner_all,\n"
                          "        problem);\n    const fs::file_status status = fs::status(path, problem);\n"
                          "    return fs::exists(g(path), other) || files.exists(path);\n}\n")

    def test_tests_may_throw(self) -> None:
        self.expect_clean("tests/store/tst_store.cpp", "#include <filesystem>\nauto a = std::filesystem::exists(b);\n")

    def test_an_include_that_goes_up_is_caught(self) -> None:
        self.expect("floors", "core/probe/probe.h", '#include "core/check/check.h"\n')

    def test_an_include_that_goes_sideways_is_caught(self) -> None:
        self.expect("floors", "core/probe/probe.h", '#include "core/facts/facts.h"\n')

    def test_core_that_includes_the_app_is_caught(self) -> None:
        self.expect("floors", "core/worker/prober.cpp", '#include "app/cli/exit_codes.h"\n')

    def test_the_window_that_includes_the_console_program_is_caught(self) -> None:
        self.expect("floors", "app/gui/main.cpp", '#include "app/cli/exit_codes.h"\n')

    def test_includes_that_go_down_or_stay_are_allowed(self) -> None:
        self.expect_clean("core/worker/prober.cpp",
                          '#include "core/worker/prober.h"\n#include "core/scratch/marker.h"\n')

    def test_a_room_without_a_floor_is_caught(self) -> None:
        self.expect("floors", "core/utils/things.cpp", "", 1)

    def test_a_link_that_goes_up_is_caught(self) -> None:
        self.put("core/stream/CMakeLists.txt",
                 "# SPDX-License-Identifier: GPL-3.0-or-later\nscratchproof_room(stream\n    LINK scratchproof_check)\n")
        self.assertEqual([v.rule for v in self.found()], ["floors"])

    def test_a_source_without_its_licence_is_caught(self) -> None:
        self.put("core/base/text.cpp", "int x;\n")
        self.put("packaging/tool", "#!/bin/sh\necho\n")
        self.assertEqual([(v.rule, v.file) for v in self.found()],
                         [("licence", "core/base/text.cpp"), ("licence", "packaging/tool")])

    def test_a_script_with_its_licence_below_the_first_line_is_allowed(self) -> None:
        self.put("packaging/tool", "#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\n")
        self.assertEqual(self.found(), [])

    def test_what_blocks_the_window_is_caught(self) -> None:
        for body in ("void f() { QFileDialog::getExistingDirectory(); }\n", "void f() { dialog.exec(); }\n",
                     "void f() { menu->exec(at); }\n", "void f() { QCoreApplication::processEvents(); }\n",
                     "QEventLoop loop;\n", "QStorageInfo info;\n"):
            with self.subTest(body):
                self.expect("window", "app/gui/check/check_page.cpp", body)

    def test_the_one_event_loop_is_allowed(self) -> None:
        self.expect_clean("app/gui/main.cpp", "int main() { return app.exec(); }\n")

    def test_words_in_comments_and_strings_are_no_violation(self) -> None:
        self.expect_clean("app/gui/check/check_page.cpp",
                          '// no QFileDialog here\n/* nor a\n QEventLoop */\nauto a = "QFileDialog \\" .exec()";\n'
                          'auto b = R"(#include <unistd.h>\n)";\n')


if __name__ == "__main__":
    unittest.main()
