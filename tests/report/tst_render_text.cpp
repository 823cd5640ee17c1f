// SPDX-License-Identifier: GPL-3.0-or-later
// The text of recorded checks, byte for byte.
#include "core/report/render_text.h"
#include "tests/report/recorded_check.h"

#include <QTest>

using namespace scratchproof;
using test::checkOfAStick;
using test::checkThatTakesFiles;
using test::kHostile;

namespace {

QByteArray textOf(const Check& check, TextLook look = {})
{
    return QByteArray::fromStdString(TextRenderer(look).render(check));
}

} // namespace

class TestRenderText : public QObject
{
    Q_OBJECT
private slots:
    void aRefusalSaysWhyWhatToDoAndWhere()
    {
        QCOMPARE(textOf(checkOfAStick("Photos")), QByteArray(R"(✗ not usable     /media/stick/Photos  ext4  3.0 ms
    A folder on the way may not be entered (proven).
    You may not pass through '/media/stick', which belongs to root. Whether you may save further
    inside is not known yet.
    What to do:
    - Ask root to run this. You may then go through this folder, but not see its list.
        sudo setfacl -m u:ann:x -- /media/stick
    Where: / > media > [stick] > Photos
)"));
    }

    void aTerminalGetsColoursAndItsWidth()
    {
        QCOMPARE(textOf(checkOfAStick("Photos"), {60, true}),
                 QByteArray("\033[31m✗ not usable     \033[0m/media/stick/Photos  ext4  3.0 ms\n"
                            "\033[1m    A folder on the way may not be entered (proven).\033[0m\n"
                            "    You may not pass through '/media/stick', which belongs\n"
                            "    to root. Whether you may save further inside is not\n"
                            "    known yet.\n"
                            "    What to do:\n"
                            "    - Ask root to run this. You may then go through this\n"
                            "      folder, but not see its list.\n"
                            "        sudo setfacl -m u:ann:x -- /media/stick\n"
                            "    Where: / > media > [stick] > Photos\n"));
    }

    void whatAFolderCanDoStandsBesideWhatItCannot()
    {
        const char* const abilities =
            "    Works here:                                     Does not work here:\n"
            "    Symbolic links                                  Access control lists (EOPNOTSUPP)\n"
            "    Long names (up to 255 bytes)                    Special characters in names (refused: :  |  \\n)\n"
            "    Exact time stamps (4.0 ms)                      Hard links (not tried, ENOSPC)\n"
            "                                                    Rubbish bin (not tried)\n";
        TextRenderer renderer({100, false});
        QCOMPARE(QByteArray::fromStdString(renderer.render(checkThatTakesFiles("a"))),
                 QByteArray("✓ usable         /srv/a  ext4  41.2 GB free  1.2 s\n"
                            "    Something of the check may still be there.\n"
                            "    '/srv/.probe-1' may have been made before the folder stopped answering. It is removed "
                            "as soon as\n"
                            "    the folder answers, or else when the folder is checked again.\n") +
                     abilities);
        // The note was told of the folder before.
        QCOMPARE(QByteArray::fromStdString(renderer.render(checkThatTakesFiles("b"))),
                 QByteArray("✓ usable         /srv/b  ext4  41.2 GB free  1.2 s\n") + abilities);
    }

    void whereNothingFailedItSaysSo()
    {
        Check check = checkThatTakesFiles("a");
        check.findings.clear();
        check.abilities.resize(1);
        QCOMPARE(textOf(check), QByteArray("✓ usable         /srv/a  ext4  41.2 GB free  1.2 s\n"
                                           "    Works here:                                     Does not work here:\n"
                                           "    Symbolic links                                  nothing that was "
                                           "tried\n"));
    }

    void anotherComputersAnswerSaysWhereSomethingIsToBeDone()
    {
        Check check = checkOfAStick("Photos");
        check.host = "nas";
        check.as = "bea@nas";
        QVERIFY(textOf(check).startsWith("✗ not usable     bea@nas:/media/stick/Photos  ext4  3.0 ms\n"));
        QVERIFY(textOf(check).contains("\n    What to do on nas:\n"));
        check.findings = {makeFinding("remote-unreachable", {{"host", Argument::name("nas")},
                                                             {"target", Argument::name("nas")},
                                                             {"message", Argument::plain("no route")}})};
        QVERIFY2(textOf(check).contains("\n    What to do:\n"), textOf(check).constData()); // it is done here
    }

    void anothersShoesAndTheirOwnersCommandsAreNamed()
    {
        Check check = checkOfAStick("Photos");
        check.as = "bea";
        check.findings.front().arguments["owner"] = Argument::user("carl");
        QCOMPARE(textOf(check).split('\n').front(),
                 QByteArray("✗ not usable     /media/stick/Photos  ext4  as bea  3.0 ms"));
        QVERIFY(textOf(check).contains("\n      To be run by carl:\n        setfacl -m u:ann:x -- /media/stick\n"));
    }

    void aLinkOnTheWayShowsWhereItLeads()
    {
        Check check = checkOfAStick("Photos");
        check.facts.path.back().linkTarget = "/mnt/x";
        QVERIFY(textOf(check).endsWith("    Where: / > media > [stick -> /mnt/x] > Photos\n"));
    }

    void whatIsNotKnownIsLeftOut()
    {
        Check check;
        QCOMPARE(textOf(check), QByteArray("? not checked    (an empty path)\n"));
        check.folder = "/a";
        check.verdict = Verdict::NotResponding;
        QCOMPARE(textOf(check), QByteArray("… not responding /a\n"));
    }

    void foreignTextIsOnlyShown()
    {
        Check check = checkOfAStick(kHostile);
        check.as = kHostile;
        check.facts.mount->fileSystem = kHostile;
        check.facts.path.back().linkTarget = kHostile;
        for (const char* forbidden : {"\x1b", "\xe2\x80\xae", "\xff"})
            QVERIFY(!textOf(check).contains(forbidden));
    }
};

QTEST_APPLESS_MAIN(TestRenderText)
#include "tst_render_text.moc"
