// SPDX-License-Identifier: GPL-3.0-or-later
// Markdown as it is written, and as a reader of Markdown understands it.
#include "core/report/markdown_text.h"
#include "core/report/render_markdown.h"
#include "tests/report/recorded_check.h"

#include <QGuiApplication>
#include <QTest>
#include <QTextBlock>
#include <QTextDocument>

using namespace scratchproof;
using test::checkOfAStick;
using test::checkThatTakesFiles;
using test::kHostile;

namespace {

/// What a reader makes of it.
struct Read
{
    explicit Read(const std::string& text)
    {
        document.setMarkdown(QString::fromStdString(text), QTextDocument::MarkdownDialectGitHub);
        plain = document.toPlainText();
        for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
            lists += block.textList() != nullptr ? 1 : 0;
            headings += block.blockFormat().headingLevel() > 0 ? 1 : 0;
            for (auto at = block.begin(); !at.atEnd(); ++at) {
                const QTextCharFormat format = at.fragment().charFormat();
                anchors += format.isAnchor() ? 1 : 0;
                images += format.isImageFormat() ? 1 : 0;
                emphasised += format.fontItalic() || format.fontStrikeOut() ? 1 : 0;
            }
        }
    }
    QTextDocument document;
    QString plain;
    int anchors = 0;
    int images = 0;
    int emphasised = 0;
    int lists = 0;
    int headings = 0;
};

} // namespace

class TestRenderMarkdown : public QObject
{
    Q_OBJECT
private slots:
    void proseIsReadAsItWasWritten_data();
    void proseIsReadAsItWasWritten();
    void codeIsReadAsItWasWritten_data();
    void codeIsReadAsItWasWritten();
    void aCellKeepsItsBarsAndItsTable_data();
    void aCellKeepsItsBarsAndItsTable();
    void theWholeOfAFullCheckIsAsItWasRecorded();
    void theWholeDiagnosisIsThere();
    void aHostileNameIsShownAndDoesNothing();
    void commandsStandInBlocksOfTheirOwnAndAreMadeAnew();
    void aFolderThatTakesFilesHasNoFixes();
    void anAnswerWithoutFactsIsNoEmptyTable();
    void wordsAreTranslatedAndForeignTextIsNot();
};

void TestRenderMarkdown::proseIsReadAsItWasWritten_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"plain",
                             "a*b*c and _d_",
                             "**bold**",
                             "`code`",
                             "[text](http://example.org)",
                             "![i](http://e.org/i.png)",
                             "<b>bold</b><script>x</script>",
                             "&lt;b&gt;",
                             "# heading",
                             "- item",
                             "+ item",
                             "1. item",
                             "23) item",
                             "> quote",
                             "---",
                             "===",
                             "http://example.org/x",
                             "https://example.org",
                             "www.example.org",
                             "~~gone~~",
                             "a | b",
                             "\\*",
                             "trailing\\",
                             "$x$",
                             "_under_score_"})
        QTest::newRow(text) << QByteArray(text);
}

void TestRenderMarkdown::proseIsReadAsItWasWritten()
{
    QFETCH(QByteArray, text);
    const Read read(markdown::escaped(text.toStdString()));
    QCOMPARE(read.plain, QString::fromUtf8(text));
    QCOMPARE(read.anchors + read.images + read.emphasised + read.lists + read.headings, 0);
}

void TestRenderMarkdown::codeIsReadAsItWasWritten_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"plain", "a`b", "``", "`", "`a`", "a``b`c", "<b>", "[a](b)", "\\", "a\\", "*x*", "&amp;"})
        QTest::newRow(text) << QByteArray(text);
}

void TestRenderMarkdown::codeIsReadAsItWasWritten()
{
    QFETCH(QByteArray, text);
    const Read read("x " + markdown::code(text.toStdString()) + " y");
    QCOMPARE(read.plain, QStringLiteral("x ") + QString::fromUtf8(text) + QStringLiteral(" y"));
    QCOMPARE(read.anchors + read.emphasised, 0);
}

void TestRenderMarkdown::aCellKeepsItsBarsAndItsTable_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"a|b", "|", "a\\|b", "\\\\|", "`|`", "||||", "a|"})
        QTest::newRow(text) << QByteArray(text);
}

void TestRenderMarkdown::aCellKeepsItsBarsAndItsTable()
{
    QFETCH(QByteArray, text);
    const Read read("| A | B |\n| --- | --- |\n| " + markdown::code(text.toStdString(), true) + " | end |\n");
    const QStringList cells = read.plain.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(cells,
             (QStringList{QStringLiteral("A"), QStringLiteral("B"), QString::fromUtf8(text), QStringLiteral("end")}));
}

void TestRenderMarkdown::theWholeOfAFullCheckIsAsItWasRecorded()
{
    QCOMPARE(QByteArray::fromStdString(renderMarkdown(checkThatTakesFiles("a"))), QByteArray(R"MD(## Usable: `/srv/a`

### Something of the check may still be there

'/srv/.probe-1' may have been made before the folder stopped answering. It is removed as soon as the folder answers, or else when the folder is checked again.

(note, proven, `probe-may-stay`)

### Steps

| Step | Result | Time |
| --- | --- | --- |
| Open the folder | passed `openat` | 85 µs |
| Write | failed `pwrite` | 3.0 ms |
| Write through to the disk | did not come back `fsync` | 12 s |

### Abilities

| Ability | Works | Remarks |
| --- | --- | --- |
| Symbolic links | yes | |
| Hard links | not tried | `ENOSPC` |
| Access control lists | no | `EOPNOTSUPP` |
| Long names | yes | `up to 255 bytes` |
| Special characters in names | no | refused: :  \|  \\n |
| Exact time stamps | yes | `4.0 ms` |
| Rubbish bin | not tried | |

### Path

| Place | Owner | Group | Mode | Remarks |
| --- | --- | --- | --- | --- |
| `/` | `root (0)` | `root (0)` | `drwxr-xr-x` | |
| `srv` | `root (0)` | `root (0)` | `drwxrwxrwt` | |
| `a` | `1000` | `1000` | `drwxrwx---` | leads to `/mnt/real`; mounted here `ext4 /dev/sdb1`; `user:ann:r-x`; `mask::r--` |

### Facts

| Mount | |
| --- | --- |
| Mounted at | `/media/stick` |
| File system | `ext4` |
| Source | `/dev/sdb1` |
| Kind | `a removable drive` |
| Options of the mount | `rw,nosuid,relatime` |
| Options of the file system | `ro,errors=remount-ro` |

| Space | |
| --- | --- |
| Free | `41.2 GB of 512 GB` |

| Rights | |
| --- | --- |
| Checked as | `0` |
| Access list | `user:ann:r-x` `mask::r--` |

| This check | |
| --- | --- |
| Level | `full` |
| Took | `1.2 s` |

Scratchproof )MD" SCRATCHPROOF_VERSION "\n"));
}

void TestRenderMarkdown::theWholeDiagnosisIsThere()
{
    const Check check = checkOfAStick("Photos");
    const RenderedFinding rendered = render(check.findings.front());
    const Read read(renderMarkdown(check));
    for (const std::string& part :
         {std::string("Not usable: /media/stick/Photos"), rendered.title, rendered.explanation,
          rendered.fixes.front().text, std::string("proven"), std::string("setfacl -m u:ann:x -- /media/stick"),
          std::string("Open the folder"), std::string("openat: EACCES"), std::string("skipped"),
          std::string("drwxr-x---"), std::string("root (0)"), std::string("it stops here"),
          std::string("rw,nosuid,relatime"), std::string("ro,errors=remount-ro"), std::string("/dev/sdb1"),
          std::string("ann (1000)"), std::string("2025-11-23T10:00:00.123Z")})
        QVERIFY2(read.plain.contains(QString::fromStdString(part)), part.c_str());
    QCOMPARE(read.anchors, 0);
}

void TestRenderMarkdown::aHostileNameIsShownAndDoesNothing()
{
    Check check = checkOfAStick(kHostile);
    check.findings.front().arguments["component"] = Argument::path("/media/" + kHostile);
    check.facts.path.back().path = "/media/" + kHostile;
    check.facts.path.back().linkTarget = kHostile;
    check.facts.path.back().owner = kHostile;
    check.facts.mount->source = kHostile;
    check.facts.mount->options = kHostile;
    const std::string text = renderMarkdown(check);
    for (const char* forbidden : {"\x1b", "\xe2\x80\xae", "\xff"})
        QVERIFY2(text.find(forbidden) == std::string::npos, "control characters and bytes that are no text");
    const Read read(text);
    QCOMPARE(read.anchors, 0);
    QCOMPARE(read.images, 0);
    QCOMPARE(read.emphasised, 0);
    QCOMPARE(read.headings, Read(renderMarkdown(checkOfAStick("Photos"))).headings);
    QVERIFY(read.plain.contains(QString::fromStdString("Not usable: " + displayPath("/media/stick/" + kHostile))));
    QVERIFY(read.plain.contains(QString::fromStdString(render(check.findings.front()).explanation)));
}

void TestRenderMarkdown::commandsStandInBlocksOfTheirOwnAndAreMadeAnew()
{
    Check check = checkOfAStick("Photos");
    check.findings.front().fixes.front().command = {"rm", "-rf", "/"};
    const std::string text = renderMarkdown(check);
    QVERIFY(text.find("rm -rf") == std::string::npos);
    QVERIFY(text.find("\n   ```sh\n   setfacl -m u:ann:x -- /media/stick\n   ```\n") != std::string::npos);
}

void TestRenderMarkdown::aFolderThatTakesFilesHasNoFixes()
{
    Check check = checkOfAStick("Photos");
    check.verdict = Verdict::Usable;
    check.findings.clear();
    const std::string text = renderMarkdown(check);
    QVERIFY(text.rfind("## Usable: `/media/stick/Photos`\n", 0) == 0);
    QVERIFY(text.find("What to do") == std::string::npos);
    QVERIFY(text.find("it stops here") == std::string::npos);
}

void TestRenderMarkdown::anAnswerWithoutFactsIsNoEmptyTable()
{
    Check check;
    check.folder = "/a";
    const std::string text = renderMarkdown(check);
    QVERIFY(text.rfind("## Not checked: `/a`\n", 0) == 0);
    QVERIFY(text.find("### Steps") == std::string::npos);
    QVERIFY(text.find("Mount") == std::string::npos);
}

void TestRenderMarkdown::wordsAreTranslatedAndForeignTextIsNot()
{
    const ReportTranslate shouting{
        [](const char* text) { return "[" + std::string(text) + "]"; },
        [](const char* text) { return QString::fromUtf8(text).toUpper().toStdString(); },
    };
    const Read read(renderMarkdown(checkOfAStick("Photos"), shouting));
    QVERIFY(read.plain.contains(QStringLiteral("NOT USABLE: /media/stick/Photos")));
    QVERIFY(read.plain.contains(QStringLiteral("OPEN THE FOLDER")));
    QVERIFY(read.plain.contains(QStringLiteral("[A folder on the way may not be entered]")));
}

QTEST_MAIN(TestRenderMarkdown)
#include "tst_render_markdown.moc"
