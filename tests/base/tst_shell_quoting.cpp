// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QRandomGenerator>
#include <QTest>

#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

const std::vector<std::string>& hostileWords()
{
    static const std::vector<std::string> words{"",
                                                "plain",
                                                "two words",
                                                "'",
                                                "''",
                                                "\"",
                                                "\\",
                                                "\\n",
                                                "$HOME",
                                                "${IFS}",
                                                "`id`",
                                                "$(id)",
                                                "a;b",
                                                "a&b",
                                                "a|b",
                                                "*",
                                                "?",
                                                "[a]",
                                                "{a,b}",
                                                "~",
                                                "~root",
                                                "#comment",
                                                "!!",
                                                "a=b",
                                                "=b",
                                                "-n",
                                                "--",
                                                "-rf",
                                                "%s",
                                                "%n%n",
                                                "a\nb",
                                                "\n",
                                                "\n\n",
                                                "a\n",
                                                "a\n\n",
                                                "\na",
                                                "\t",
                                                "\r",
                                                "\x1b[2J",
                                                "\x7f",
                                                "\xff",
                                                "\xff\xfe",
                                                "a\xff"
                                                "1",
                                                "\xff"
                                                "7",
                                                "\xc3",
                                                "\xc3\xa4",
                                                "\xe2\x80\xae"
                                                "txt",
                                                "\xe2\x80\xae%d\\'\n",
                                                "x'; touch pwned; '",
                                                "x'\n; touch pwned; '\xff",
                                                "$'\\x41'",
                                                "\\\\\xff\\\\",
                                                "'\xff'",
                                                "%\xff%",
                                                "-\xff",
                                                "--version\n",
                                                "1\n2",
                                                "a\n'b'\n\n",
                                                std::string(3000, '\'')};
    return words;
}

/// What `shell` makes of the command line: its words, each ended by a NUL.
std::string wordsSeenBy(const std::string& shell, const std::vector<std::string>& words, const Path& folder)
{
    std::vector<std::string> command{"printf", "%s\\0"};
    command.insert(command.end(), words.begin(), words.end());
    Program program;
    program.arguments = {shell};
    program.input = quoteForShell(command) + "\n"; // as if it were pasted
    program.workingFolder = folder;
    const Ended ended = run(program);
    return ended.errors.empty() ? ended.output : "errors: " + ended.errors;
}

std::string withNuls(const std::vector<std::string>& words)
{
    std::string all;
    for (const auto& word : words)
        all.append(word).push_back('\0');
    return all;
}

} // namespace

class ShellQuotingTest : public QObject
{
    Q_OBJECT
private slots:
    void pastedWordsComeOutByteForByte_data()
    {
        QTest::addColumn<QByteArray>("shell");
        QTest::newRow("sh") << QByteArray("sh");
        QTest::newRow("dash") << QByteArray("dash");
        QTest::newRow("bash") << QByteArray("bash");
    }
    void pastedWordsComeOutByteForByte()
    {
        QFETCH(QByteArray, shell);
        const TemporaryFolder folder;
        for (const auto& word : hostileWords()) {
            const std::string seen = wordsSeenBy(shell.toStdString(), {word, "end"}, folder.path());
            QVERIFY2(seen == withNuls({word, "end"}),
                     qPrintable(QString::fromStdString(quoteForShell(word)) + " became " +
                                QString::fromStdString(displayText(seen))));
        }
        QVERIFY2(namesIn(folder.path()).empty(), "a word ran as a command");
    }

    void randomWordsComeOutByteForByte()
    {
        const TemporaryFolder folder;
        QRandomGenerator random(20240611);
        const std::string alphabet = "ab'\"\\$`%-\n\t ;&|*~#=\xff\xc3\xa4\xe2\x80\xae"
                                     "07x";
        std::vector<std::string> words;
        for (int i = 0; i < 400; ++i) {
            std::string word;
            for (int length = random.bounded(12); length > 0; --length)
                word += alphabet[static_cast<std::size_t>(random.bounded(static_cast<int>(alphabet.size())))];
            words.push_back(word);
        }
        QVERIFY(wordsSeenBy("dash", words, folder.path()) == withNuls(words));
        QVERIFY(wordsSeenBy("bash", words, folder.path()) == withNuls(words));
    }

    void nothingInvisibleIsShown()
    {
        for (const auto& word : hostileWords()) {
            const std::string quoted = quoteForShell(word);
            QVERIFY2(isUtf8(quoted), qPrintable(QString::fromStdString(displayText(word))));
            for (const char c : quoted)
                QVERIFY2(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f), quoted.c_str());
            QVERIFY(quoted.find("\xe2\x80\xae") == std::string::npos);
        }
    }

    void safeWordsStayBare()
    {
        QCOMPARE(quoteForShell(std::vector<std::string>{"mount", "-o", "remount,rw", "/media/ann/STICK"}),
                 std::string("mount -o remount,rw /media/ann/STICK"));
        QCOMPARE(quoteForShell(std::string_view("two words")), std::string("'two words'"));
    }
};

SCRATCHPROOF_TEST_MAIN(ShellQuotingTest, Nothing)
#include "tst_shell_quoting.moc"
