// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/check/check_json.h"
#include "core/report/cell_text.h"
#include "core/report/check_exit_code.h"
#include "core/report/document_writer.h"
#include "tests/report/recorded_check.h"

#include <QTest>

#include <algorithm>

using namespace scratchproof;
using test::checkOfAStick;
using test::kHostile;

namespace {

Json head()
{
    Json json = Json::object();
    json["schema"] = "scratchproof.report/1";
    json["program"] = {{"name", "x"}, {"version", "1"}};
    json["started"] = "2026-11-23T10:00:00.123Z";
    return json;
}

Json tail()
{
    Json json = Json::object();
    json["finished"] = "2026-11-23T10:00:01.456Z";
    json["exit_code"] = 1;
    return json;
}

} // namespace

class TestDocumentWriter : public QObject
{
    Q_OBJECT

private slots:
    /// A fault of the program wins, and an unusable folder over what is not known.
    void theExitCodeOfChecksIsTheWorst()
    {
        Check unknown;
        unknown.verdict = Verdict::NotChecked;
        Check fault = unknown;
        fault.findings.emplace_back().id = "prober-start";
        Check elsewhere = fault;
        elsewhere.as = "ann";
        QVERIFY(exitCodeOf(fault) == ExitCode::Fault);
        QVERIFY(exitCodeOf(elsewhere) == ExitCode::NotFoundOut);
        QVERIFY(worse(exitCodeOf(unknown), exitCodeOf(checkOfAStick("x"))) == ExitCode::Unusable);
        QVERIFY(worse(ExitCode::Unusable, exitCodeOf(fault)) == ExitCode::Fault);
        QVERIFY(worse(ExitCode::Success, exitCodeOf(unknown)) == ExitCode::NotFoundOut);
    }

    /// The same as if it had been put together first.
    void whatIsWrittenInPartsIsOneDocument()
    {
        for (const std::size_t checks : {0U, 1U, 3U}) {
            std::string written;
            std::vector<std::size_t> parts;
            DocumentWriter writer([&](std::string_view part) {
                written += part;
                parts.push_back(part.size());
            });
            Json whole = head();
            whole["checks"] = Json::array();
            writer.begin(head());
            for (std::size_t i = 0; i < checks; ++i) {
                const Check check = checkOfAStick(i == 0 ? kHostile : "plain");
                writer.add(check);
                whole["checks"].push_back(toJson(check));
                QVERIFY(written.size() > i * 500); // it is not kept
            }
            writer.end(tail());
            whole.update(tail());
            QCOMPARE(written, whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
            QCOMPARE(parts.size(), checks + 2);
        }
    }

    void aDocumentWithoutItsEndIsNoJson()
    {
        std::string written;
        DocumentWriter writer([&](std::string_view part) { written += part; });
        writer.begin(head());
        writer.add(checkOfAStick("x"));
        QVERIFY(!parseJson(written));
        writer.end(tail());
        QVERIFY(parseJson(written).has_value());
    }

    void aCellIsOnlyShown_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("cell");
        const auto row = [](const char* text, const char* cell) {
            QTest::newRow(QByteArray(text).toPercentEncoding().constData()) << QByteArray(text) << QByteArray(cell);
        };
        row("", "");
        row("/mnt/a", "/mnt/a");
        row("12 GB", "12 GB");
        row("a=b", "a=b");
        row("=1+1", "'=1+1");
        row("+1", "'+1");
        row("-1", "'-1");
        row("@SUM(A1)", "'@SUM(A1)");
        row("  =1", "'  =1");
        row("\t=1", "\\t=1");
        row("\r\n=1", "\\r\\n=1");
        row("\"a\"", "'\"a\"");
        row("\xef\xbc\x9d"
            "1",
            "'\xef\xbc\x9d"
            "1");
        row("\xff", "\\xff");
        row("a\tb", "a\\tb");
    }
    void aCellIsOnlyShown()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, cell);
        QCOMPARE(QByteArray::fromStdString(cellText(text.toStdString())), cell);
    }
};

QTEST_APPLESS_MAIN(TestDocumentWriter)
#include "tst_document_writer.moc"
