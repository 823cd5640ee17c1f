// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <string>

using namespace scratchproof;
using namespace std::string_literals;

namespace {
QByteArray bytes(const std::string& text)
{
    return QByteArray::fromStdString(text);
}
} // namespace

class TextTest : public QObject
{
    Q_OBJECT
private slots:
    void wellFormedUtf8IsToldFromTheRest_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("good");
        QTest::newRow("empty") << QByteArray() << true;
        QTest::newRow("ascii") << QByteArray("abc\n") << true;
        QTest::newRow("nul") << QByteArray("a\0b", 3) << true;
        QTest::newRow("two bytes") << QByteArray("\xc3\xa4") << true;
        QTest::newRow("three bytes") << QByteArray("\xe2\x82\xac") << true;
        QTest::newRow("four bytes") << QByteArray("\xf0\x9f\x98\x80") << true;
        QTest::newRow("largest") << QByteArray("\xf4\x8f\xbf\xbf") << true;
        QTest::newRow("past the largest") << QByteArray("\xf4\x90\x80\x80") << false;
        QTest::newRow("overlong two") << QByteArray("\xc0\xaf") << false;
        QTest::newRow("overlong three") << QByteArray("\xe0\x80\xaf") << false;
        QTest::newRow("overlong four") << QByteArray("\xf0\x80\x80\xaf") << false;
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << false;
        QTest::newRow("before the surrogates") << QByteArray("\xed\x9f\xbf") << true;
        QTest::newRow("cut short") << QByteArray("\xe2\x82") << false;
        QTest::newRow("continuation alone") << QByteArray("\x80") << false;
        QTest::newRow("latin 1") << QByteArray("\xe4hnlich") << false;
        QTest::newRow("ff") << QByteArray("\xff") << false;
    }
    void wellFormedUtf8IsToldFromTheRest()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, good);
        QCOMPARE(isUtf8(text.toStdString()), good);
    }

    void whatCouldDeceiveTheEyeIsShownEscaped_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("shown");
        QTest::newRow("plain") << QByteArray("/home/\xc3\x84nne/\xe2\x82\xac")
                               << QByteArray("/home/\xc3\x84nne/\xe2\x82\xac");
        QTest::newRow("newline") << QByteArray("a\nb\rc\td") << QByteArray("a\\nb\\rc\\td");
        QTest::newRow("escape sequence") << QByteArray("\x1b[31m") << QByteArray("\\x1b[31m");
        QTest::newRow("delete") << QByteArray("\x7f") << QByteArray("\\x7f");
        QTest::newRow("c1 control") << QByteArray("\xc2\x9b") << QByteArray("\\u009b");
        QTest::newRow("right-to-left override") << QByteArray("\xe2\x80\xae"
                                                              "gpj.exe")
                                                << QByteArray("\\u202egpj.exe");
        QTest::newRow("isolate") << QByteArray("\xe2\x81\xa6") << QByteArray("\\u2066");
        QTest::newRow("left-to-right mark") << QByteArray("\xe2\x80\x8e") << QByteArray("\\u200e");
        QTest::newRow("arabic letter mark") << QByteArray("\xd8\x9c") << QByteArray("\\u061c");
        QTest::newRow("line separator") << QByteArray("\xe2\x80\xa8") << QByteArray("\\u2028");
        QTest::newRow("zero width space") << QByteArray("\xe2\x80\x8b") << QByteArray("\\u200b");
        QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbf") << QByteArray("\\ufeff");
        QTest::newRow("tag character") << QByteArray("\xf3\xa0\x80\xa1") << QByteArray("\\U000e0021");
        QTest::newRow("no utf-8") << QByteArray("a\xff\xc3") << QByteArray("a\\xff\\xc3");
        QTest::newRow("right-to-left letters stay") << QByteArray("\xd7\xa9") << QByteArray("\xd7\xa9");
        QTest::newRow("backslash stays") << QByteArray("a\\b") << QByteArray("a\\b");
    }
    void whatCouldDeceiveTheEyeIsShownEscaped()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, shown);
        QCOMPARE(bytes(displayPath(path.toStdString())), shown);
        QCOMPARE(bytes(displayText(path.toStdString())), shown);
    }

    void everySingleByteIsShownAsUtf8WithoutControls()
    {
        for (int value = 0; value < 256; ++value) {
            const std::string shown = displayPath(std::string(1, static_cast<char>(value)));
            QVERIFY2(isUtf8(shown), qPrintable(QString::number(value)));
            for (const char c : shown)
                QVERIFY2(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, qPrintable(QString::number(value)));
        }
    }

    void base64GoesThereAndBack_data()
    {
        QTest::addColumn<QByteArray>("plain");
        QTest::addColumn<QByteArray>("encoded");
        // The vectors of RFC 4648, section 10.
        QTest::newRow("0") << QByteArray("") << QByteArray("");
        QTest::newRow("1") << QByteArray("f") << QByteArray("Zg==");
        QTest::newRow("2") << QByteArray("fo") << QByteArray("Zm8=");
        QTest::newRow("3") << QByteArray("foo") << QByteArray("Zm9v");
        QTest::newRow("4") << QByteArray("foob") << QByteArray("Zm9vYg==");
        QTest::newRow("5") << QByteArray("fooba") << QByteArray("Zm9vYmE=");
        QTest::newRow("6") << QByteArray("foobar") << QByteArray("Zm9vYmFy");
        QTest::newRow("binary") << QByteArray("\xff\xfe\x00\xfb", 4) << QByteArray("//4A+w==");
    }
    void base64GoesThereAndBack()
    {
        QFETCH(QByteArray, plain);
        QFETCH(QByteArray, encoded);
        QCOMPARE(bytes(toBase64(plain.toStdString())), encoded);
        const auto back = fromBase64(encoded.toStdString());
        QVERIFY(back.has_value());
        QCOMPARE(bytes(*back), plain);
    }

    void textThatIsNoBase64IsRefused()
    {
        for (const char* text :
             {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm9*", "Zm9v\n", "Zm 9v", "=Zm9"})
            QVERIFY2(!fromBase64(text).has_value(), text);
    }

    void aPathIsMadeAbsoluteByItsTextAlone_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("absolute");
        QTest::newRow("empty stays empty") << QByteArray() << QByteArray();
        QTest::newRow("relative") << QByteArray("a/b") << QByteArray("/base/a/b");
        QTest::newRow("dot") << QByteArray(".") << QByteArray("/base");
        QTest::newRow("dots inside") << QByteArray("./a/./b/.") << QByteArray("/base/a/b");
        QTest::newRow("slashes") << QByteArray("//a///b//") << QByteArray("/a/b");
        QTest::newRow("root") << QByteArray("/") << QByteArray("/");
        QTest::newRow("root again") << QByteArray("///.//") << QByteArray("/");
        QTest::newRow("dot dot is not resolved") << QByteArray("/a/../b") << QByteArray("/a/../b");
        QTest::newRow("relative dot dot") << QByteArray("../b") << QByteArray("/base/../b");
        QTest::newRow("three dots are a name") << QByteArray("...") << QByteArray("/base/...");
        QTest::newRow("any bytes") << QByteArray("\xff\n/ ") << QByteArray("/base/\xff\n/ ");
    }
    void aPathIsMadeAbsoluteByItsTextAlone()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, absolute);
        QCOMPARE(bytes(absolutePath(path.toStdString(), "/base")), absolute);
        // Below nothing there is nothing: never a path from "/" on.
        if (!path.startsWith('/'))
            QVERIFY(absolutePath(path.toStdString(), "").empty());
        // Doing it again changes nothing: two spellings of a folder become one.
        QCOMPARE(bytes(absolutePath(absolutePath(path.toStdString(), "/base"), "/elsewhere")), absolute);
    }

    void pathsAreTakenApartAndJoined()
    {
        QCOMPARE(joinPath("/a", "b"), "/a/b"s);
        QCOMPARE(joinPath("/a/", "b"), "/a/b"s);
        QCOMPARE(joinPath("/", "b"), "/b"s);
        QCOMPARE(std::string(baseName("/a/b")), "b"s);
        QCOMPARE(std::string(baseName("/a/b//")), "b"s);
        QCOMPARE(std::string(baseName("/")), "/"s);
        QCOMPARE(std::string(baseName("b")), "b"s);
        QCOMPARE(parentPath("/a/b"), "/a"s);
        QCOMPARE(parentPath("/a/b/"), "/a"s);
        QCOMPARE(parentPath("/a"), "/"s);
        QCOMPARE(parentPath("/"), "/"s);
        QCOMPARE(parentPath("b"), "."s);
        QCOMPARE(parentPath("//b"), "/"s);
    }
};

SCRATCHPROOF_TEST_MAIN(TextTest, Nothing)
#include "tst_text.moc"
