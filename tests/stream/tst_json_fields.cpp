// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <cerrno>
#include <string>

using namespace scratchproof;

class JsonFieldsTest : public QObject
{
    Q_OBJECT
private slots:
    void everyPathCrossesTheStreamByteForByte()
    {
        for (const Path& path :
             {Path("/home/ann"), Path("/\xc3\xa4/\xe2\x82\xac"), Path("/a\nb"), Path("/a\xff"), Path("/\xc3"), Path(),
              Path("/\xe2\x80\xaetxt"), Path("/\"\\"), Path(5000, 'x'), Path("/\x01\x7f")}) {
            Json object = Json::object();
            putPath(object, "folder", path);
            const std::string line = toLine(object);
            QVERIFY(line.find('\n') == std::string::npos);
            const auto back = parseJson(line);
            QVERIFY(back.has_value());
            const auto read = getPath(*back, "folder");
            QVERIFY(read.has_value());
            QVERIFY2(*read == path, displayPath(path).c_str());
            QCOMPARE(object.contains("folder_bytes"), !isUtf8(path));
        }
    }

    void theBytesOfAPathWinOverItsText()
    {
        const auto object = parseJson(R"({"folder": "/shown", "folder_bytes": "L/8="})");
        QCOMPARE(getPath(*object, "folder").value(), Path("/\xff"));
    }

    void aPathOfTheWrongTypeIsNone()
    {
        QVERIFY(!getPath(*parseJson(R"({"folder": 7})"), "folder").has_value());
        QVERIFY(!getPath(*parseJson(R"({"folder": "/a", "folder_bytes": "not base64"})"), "folder").has_value());
        QVERIFY(!getPath(*parseJson(R"({})"), "folder").has_value());
        QVERIFY(!getPath(*parseJson(R"([1])"), "folder").has_value());
    }

    void aPathWithANulIsNone()
    {
        // The system would see it cut short: another folder than the one that is shown.
        QVERIFY(!getPath(*parseJson(R"({"folder": "/a\u0000b"})"), "folder").has_value());
        QVERIFY(!getPath(*parseJson(R"({"folder": "/a", "folder_bytes": "L2EAYg=="})"), "folder").has_value());
    }

    void membersOfTheWrongTypeAreNone()
    {
        const auto object =
            parseJson(R"({"s": "x", "i": 7, "n": -7, "d": 1.5, "b": true, "a": [1], "o": {}, "z": null})");
        QCOMPARE(getString(*object, "s").value(), std::string("x"));
        QVERIFY(!getString(*object, "i").has_value());
        QCOMPARE(getInteger(*object, "n").value(), std::int64_t{-7});
        QVERIFY(!getInteger(*object, "d").has_value());
        QVERIFY(!getInteger(*object, "s").has_value());
        QVERIFY(!getInteger(*object, "b").has_value());
        QCOMPARE(getUnsigned(*object, "i").value(), std::uint64_t{7});
        QVERIFY(!getUnsigned(*object, "n").has_value());
        QCOMPARE(getBool(*object, "b").value(), true);
        QVERIFY(!getBool(*object, "i").has_value());
        QVERIFY(getArray(*object, "a") != nullptr);
        QVERIFY(getArray(*object, "o") == nullptr);
        QVERIFY(getObject(*object, "o") != nullptr);
        QVERIFY(getObject(*object, "z") == nullptr);
        QVERIFY(getObject(Json(), "o") == nullptr);
    }

    void numbersOutOfRangeAreNone()
    {
        const auto object = parseJson(R"({"big": 18446744073709551615, "bigger": 18446744073709551616})");
        QVERIFY(object.has_value());
        QVERIFY(!getInteger(*object, "big").has_value());
        QCOMPARE(getUnsigned(*object, "big").value(), std::uint64_t{UINT64_MAX});
        QVERIFY(!getUnsigned(*object, "bigger").has_value());
    }

    void nonsenseIsAnErrorAndNoException()
    {
        for (const std::string text :
             {"", "{", "nonsense", "{\"a\":}", "[1,]", "{} {}", "\xff", "{\"a\": \"\xff\"}", "NaN", "\"a\nb\""}) {
            const auto parsed = parseJson(text);
            QVERIFY2(!parsed.has_value(), displayText(text).c_str());
            QVERIFY(!parsed.error().detail.empty());
        }
    }

    void hostileNestingIsRefused()
    {
        for (const std::size_t depth : {std::size_t{66}, std::size_t{1000}, std::size_t{1} << 20U}) {
            QVERIFY(!parseJson(std::string(depth, '[') + std::string(depth, ']')).has_value());
            QVERIFY(!parseJson(std::string(depth, '[')).has_value());
        }
        QVERIFY(parseJson(std::string(60, '[') + std::string(60, ']')).has_value());
    }

    void textThatIsNotUtf8BecomesReplacementCharacters()
    {
        Json object = Json::object();
        object["text"] = "a\xff";
        const auto back = parseJson(toLine(object));
        QVERIFY(back.has_value());
        QCOMPARE(getString(*back, "text").value(), std::string("a\xef\xbf\xbd"));
    }

    void anErrorGoesThereAndBack()
    {
        const Error error{"openat", "/a\xff", EROFS, "why"};
        const auto back = errorFromJson(*parseJson(toLine(toJson(error))));
        QVERIFY(back.has_value());
        QCOMPARE(back->operation, error.operation);
        QCOMPARE(back->path, error.path);
        QCOMPARE(back->code, error.code);
        QCOMPARE(back->detail, error.detail);
        QVERIFY(!errorFromJson(Json::object()).has_value());
    }
};

SCRATCHPROOF_TEST_MAIN(JsonFieldsTest, Nothing)
#include "tst_json_fields.moc"
