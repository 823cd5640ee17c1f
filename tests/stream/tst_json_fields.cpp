// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/qt_main.h"

#include <QElapsedTimer>
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

    void aLineOfManyObjectsIsRefusedAndNobodyWaitsForIt()
    {
        std::string many = "[{}";
        for (int i = 0; i < 300'000; ++i)
            many += ",{}";
        many += "]";
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!parseJson(many, kMostContainersOfLine).has_value());
        const auto whole = parseJson(many); // of a document there is no such bound
        QVERIFY(whole.has_value());
        QCOMPARE(whole->size(), std::size_t{300'001});
        QVERIFY2(timer.elapsed() < 5000, std::to_string(timer.elapsed()).c_str());
        const std::string few = "[" + many.substr(1, 3 * 10'000 - 1) + "]";
        QCOMPARE(parseJson(few, kMostContainersOfLine)->size(), std::size_t{10'000});
    }

    void anObjectOfManyMembersIsRefusedAndOneOfSomeIsNot()
    {
        const auto object = [](int members) {
            std::string text = "{\"a\": [{}, [1, {\"b\": null}], \"x\"]";
            for (int i = 1; i < members; ++i)
                text += ", \"" + std::to_string(i) + "\": {\"n\": " + std::to_string(i) + "}";
            return text + "}";
        };
        const auto whole = parseJson(object(512));
        QVERIFY(whole.has_value());
        QCOMPARE(toLine((*whole)["a"]), std::string(R"([{},[1,{"b":null}],"x"])"));
        QCOMPARE(getInteger(*getObject(*whole, "511"), "n").value(), std::int64_t{511});
        QVERIFY(!parseJson(object(513)).has_value());
        QCOMPARE(getInteger(*parseJson(R"({"a": 1, "a": 2})"), "a").value(), std::int64_t{2});
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
