// SPDX-License-Identifier: GPL-3.0-or-later
// The details of a row: every section, what is copied, and foreign text that stays text.
#include "app/gui/check/check_model.h"
#include "app/gui/check/details_pane.h"
#include "app/gui/check/facts_view.h"
#include "app/gui/check/path_chip.h"
#include "app/gui/check/path_view.h"
#include "app/gui/check/rights_question.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"
#include "core/diagnosis/finding_json.h"
#include "core/report/render_markdown.h"
#include "fake_probers.h"
#include "tests/report/recorded_check.h"

#include <QAbstractButton>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;
using test::checkOfAStick;
using test::kHostile;

namespace {

constexpr const char* kCommand = "setfacl -m u:ann:x -- /media/stick";

CheckRow rowOf(Check check)
{
    CheckRow row;
    row.id = 1;
    row.folder = check.folder;
    row.path = shownPath(check.folder);
    row.state = CheckRow::State::Done;
    row.check = std::make_shared<const Check>(std::move(check));
    if (!row.check->findings.empty())
        row.reason = QString::fromStdString(renderFinding(row.check->findings.front()).title);
    return row;
}

Finding note(const char* id, Severity severity)
{
    Finding finding;
    finding.id = id;
    finding.severity = severity;
    return finding;
}

QColor inkOf(const TextBlock& text)
{
    return text.palette().color(QPalette::Text);
}

} // namespace

class DetailsPaneTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_probers = std::make_unique<FakeProbers>();
        m_pane = std::make_unique<DetailsPane>(*m_probers);
        m_pane->resize(900, 500);
        m_pane->show();
        QGuiApplication::clipboard()->clear();
    }
    void cleanup()
    {
        m_pane.reset();
        m_probers.reset();
    }

    void aCauseHasItsTitleCertaintyExplanationFixesAndCommand()
    {
        const Check check = checkOfAStick("Photos");
        const RenderedFinding rendered = renderFinding(check.findings.front());
        show(check);
        for (const QString& part :
             {QString::fromStdString(rendered.title), QString::fromStdString(rendered.explanation),
              QString::fromStdString(rendered.fixes.front().text), QString::fromLatin1(kCommand),
              QStringLiteral("proven"), fixDoer(rendered.fixes.front()), QStringLiteral("WHAT TO DO"),
              QStringLiteral("THE PATH"), QStringLiteral("STEPS"), QStringLiteral("EACCES"), QStringLiteral("skipped")})
            QVERIFY2(text().contains(part), qPrintable(part));
    }

    void aCommandIsCopiedAsItIsShown()
    {
        show(checkOfAStick("Photos"));
        QSignalSpy said(m_pane.get(), &DetailsPane::copied);
        button(QStringLiteral("Copy the command"))->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromLatin1(kCommand));
        QCOMPARE(said.size(), 1);
    }

    void aCommandAboutAHostileNameIsCopiedQuoted()
    {
        Check check = checkOfAStick("Photos");
        check.findings.front().arguments["component"] = Argument::path("/media/" + kHostile);
        show(check);
        button(QStringLiteral("Copy the command"))->click();
        const QString copied = QGuiApplication::clipboard()->text();
        QCOMPARE(copied,
                 QString::fromStdString(quoteForShell({"setfacl", "-m", "u:ann:x", "--", "/media/" + kHostile})));
        QVERIFY(!copied.contains(QLatin1Char('\n')) && !copied.contains(QChar(0x202e)));
    }

    void theDiagnosisIsCopiedAsMarkdown()
    {
        const Check check = checkOfAStick("Photos");
        show(check);
        button(QStringLiteral("Copy this diagnosis as Markdown"))->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromStdString(renderMarkdown(check)));
    }

    void theCertaintyIsExplained_data()
    {
        QTest::addColumn<int>("certainty");
        QTest::addColumn<QString>("word");
        QTest::newRow("proven") << static_cast<int>(Certainty::Proven) << QStringLiteral("proven");
        QTest::newRow("likely") << static_cast<int>(Certainty::Likely) << QStringLiteral("likely");
        QTest::newRow("else") << static_cast<int>(Certainty::ByElimination) << QStringLiteral("by elimination");
    }
    void theCertaintyIsExplained()
    {
        QFETCH(int, certainty);
        QFETCH(QString, word);
        Check check = checkOfAStick("Photos");
        check.findings.front().certainty = static_cast<Certainty>(certainty);
        show(check);
        const auto labels = m_pane->findChildren<QLabel*>();
        const auto chip =
            std::find_if(labels.begin(), labels.end(), [&word](const QLabel* label) { return label->text() == word; });
        QVERIFY(chip != labels.end());
        QCOMPARE((*chip)->accessibleDescription(), inReport(meaningOf(static_cast<Certainty>(certainty))));
    }

    void furtherFindingsStandBelowAndAreNoCauseOfAUsableFolder()
    {
        Check check = checkOfAStick("Photos");
        check.findings.push_back(note("path-missing", Severity::Limit));
        show(check);
        QVERIFY(text().contains(QStringLiteral("GOOD TO KNOW")));
        QVERIFY(text().contains(QString::fromStdString(renderFinding(check.findings.back()).title)));
        check.verdict = Verdict::Usable;
        check.findings.erase(check.findings.begin());
        show(check);
        QVERIFY(text().contains(QStringLiteral("Files can be saved here")));
        QVERIFY(text().contains(QStringLiteral("GOOD TO KNOW")));
        QVERIFY(!text().contains(QStringLiteral("WHAT TO DO")));
    }

    void thePathMarksThePlaceThatStopsInSignAndInWords()
    {
        show(checkOfAStick("Photos"));
        QStringList names;
        for (const PathChip* chip : chips())
            names << chip->accessibleName();
        QCOMPARE(names,
                 (QStringList{QStringLiteral("/"), QStringLiteral("media"),
                              QStringLiteral("stick (it stops here) (ext4 begins here)"), QStringLiteral("Photos")}));
        QVERIFY(chips().at(2)->look().stops);
        QCOMPARE(chips().at(2)->look().fileSystem, QStringLiteral("ext4"));
        QVERIFY(chips().at(3)->look().past);
        QVERIFY(chips().at(2)->accessibleDescription().contains(QStringLiteral("drwxr-x---")));
        QVERIFY(chips().at(2)->toolTip().contains(QStringLiteral("root (0)")));
    }

    void aLinkShowsWhatItLeadsTo()
    {
        Check check = checkOfAStick("Photos");
        check.facts.path.at(1).linkTarget = "/mnt/x\n";
        show(check);
        QCOMPARE(chips().at(1)->look().target, QStringLiteral("/mnt/x\\n"));
        QVERIFY(chips().at(1)->accessibleName().contains(QStringLiteral("a link to /mnt/x\\n")));
    }

    void thePathIsOneStopForTabAndTheArrowsGoOn()
    {
        show(checkOfAStick("Photos"));
        int stops = 0;
        for (const PathChip* chip : chips())
            stops += (chip->focusPolicy() & Qt::TabFocus) != 0 ? 1 : 0;
        QCOMPARE(stops, 1);
        QVERIFY((chips().at(2)->focusPolicy() & Qt::TabFocus) != 0);
        QTest::keyClick(chips().at(2), Qt::Key_Left);
        QVERIFY((chips().at(1)->focusPolicy() & Qt::TabFocus) != 0);
        QVERIFY((chips().at(2)->focusPolicy() & Qt::TabFocus) == 0);
        QTest::keyClick(chips().at(1), Qt::Key_End);
        QVERIFY((chips().at(3)->focusPolicy() & Qt::TabFocus) != 0);
    }

    void aPlaceThatIsPressedTellsAllThatIsKnownAndCanBeOpened()
    {
        show(checkOfAStick("Photos"));
        QSignalSpy opened(m_pane.get(), &DetailsPane::openWanted);
        QTest::keyClick(chips().at(2), Qt::Key_Return);
        for (const char* part : {"drwxr-x--- (0750)", "May be passed", "/media/stick", "EACCES", "/dev/sdb1"})
            QTRY_VERIFY2(text().contains(QString::fromLatin1(part)), part);
        button(QStringLiteral("Open this place in the file manager"))->click();
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened.at(0).at(0).value<std::string>(), std::string("/media/stick"));
        QTest::keyClick(chips().at(2), Qt::Key_Return);
        QVERIFY(!text().contains(QStringLiteral("May be passed")));
        chips().at(3)->click();
        QTRY_VERIFY(text().contains(QStringLiteral("not reached")));
    }

    void aLongPathIsFoldedInTheMiddleAndUnfoldedWhenAsked()
    {
        std::string folder;
        for (int i = 0; i < 1900; ++i)
            folder += "/d";
        Check check;
        check.folder = folder;
        check.verdict = Verdict::Usable;
        show(check);
        QVERIFY(chips().size() <= static_cast<qsizetype>(PathView::kMostPlaces));
        QVERIFY(m_pane->widget()->width() <= m_pane->viewport()->width());
        button(QStringLiteral("Show the whole path"))->click();
        QTRY_COMPARE(chips().size(), 1901);
    }

    void aNameOfFourThousandBytesDoesNotWidenThePane()
    {
        Check check = checkOfAStick(std::string(4000, 'x'));
        check.findings.front().arguments["component"] = Argument::path(check.folder);
        check.facts.mount->options = std::string(3000, 'o');
        show(check);
        openFacts();
        QTest::qWait(10);
        QVERIFY(m_pane->widget()->width() <= m_pane->viewport()->width());
        for (const TextBlock* block : m_pane->findChildren<TextBlock*>()) {
            QVERIFY2(block->height() + 1 >= block->heightForWidth(block->width()), "a text is cut off");
            QVERIFY(block->geometry().right() <= block->parentWidget()->width());
        }
    }

    void theFactsAreMadeWhenTheyAreOpenedAndStayOpen()
    {
        show(checkOfAStick("Photos"));
        QVERIFY(!text().contains(QStringLiteral("rw,nosuid,relatime")));
        openFacts();
        for (const char* part : {"Mount", "rw,nosuid,relatime", "ro,errors=remount-ro", "Rights", "ann (1000)"})
            QVERIFY2(text().contains(QString::fromLatin1(part)), part);
        show(checkOfAStick("Music"));
        QVERIFY(text().contains(QStringLiteral("rw,nosuid,relatime")));
    }

    void selectedFactsAreCopiedByTheKeyThatCopiesRowsElsewhere()
    {
        show(checkOfAStick("Photos"));
        openFacts();
        TextBlock* facts = m_pane->findChild<FactsView*>()->findChild<TextBlock*>();
        facts->selectAll();
        QTest::keyClick(facts, Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("ro,errors=remount-ro")));
    }

    void abilitiesAreTwoLists()
    {
        Check check = checkOfAStick("Photos");
        check.verdict = Verdict::Limited;
        check.level = Level::Full;
        check.abilities = {{Ability::SymbolicLinks, AbilityStatus::Missing, "symlinkat", 1, {}, {}},
                           {Ability::HardLinks, AbilityStatus::Present, {}, 0, {}, {}},
                           {Ability::Trash, AbilityStatus::NotTried, {}, 0, {}, {}}};
        show(check);
        const QString all = text();
        QVERIFY(all.indexOf(QStringLiteral("DOES NOT WORK HERE")) < all.indexOf(QStringLiteral("Symbolic links")));
        QVERIFY(all.indexOf(QStringLiteral("Symbolic links")) < all.indexOf(QStringLiteral("\nWORKS HERE")));
        QVERIFY(all.indexOf(QStringLiteral("\nWORKS HERE")) < all.indexOf(QStringLiteral("Hard links")));
        QVERIFY(!all.contains(inReport(wordOf(Ability::Trash))));
        QVERIFY(all.contains(QStringLiteral("EPERM")));
    }

    void hostileTextStaysText()
    {
        const std::string markup = "<b>bold</b><img src='file:///etc/passwd'>&lt;";
        Check check = checkOfAStick(markup);
        check.findings.front().arguments["component"] = Argument::path("/media/" + markup);
        check.facts.path.back().path = "/media/" + markup;
        check.facts.path.back().linkTarget = markup;
        check.facts.mount->source = markup;
        show(check);
        openFacts();
        chips().at(2)->click();
        for (const QLabel* label : m_pane->findChildren<QLabel*>())
            QCOMPARE(label->textFormat(), Qt::PlainText);
        QVERIFY(text().contains(QString::fromStdString(markup)));
        for (const QWidget* widget : m_pane->findChildren<QWidget*>())
            QVERIFY2(!widget->toolTip().contains(QStringLiteral("<img")) &&
                         !widget->toolTip().contains(QStringLiteral("<b>")),
                     qPrintable(widget->toolTip()));
    }

    void aFolderThatHangsIsNotOpenedAndNotAskedAbout()
    {
        Check check = checkOfAStick("Photos");
        check.verdict = Verdict::NotResponding;
        show(check);
        for (const QAbstractButton* candidate : m_pane->findChildren<QAbstractButton*>())
            QVERIFY(!candidate->accessibleName().startsWith(QStringLiteral("Open")));
        QVERIFY(!m_pane->findChild<RightsQuestion*>());
    }

    void theNearestFolderThatIsThereIsOpened()
    {
        show(checkOfAStick("Photos")); // the walk ended at /media/stick
        QSignalSpy opened(m_pane.get(), &DetailsPane::openWanted);
        button(QStringLiteral("Open in the file manager: /media/stick"))->click();
        QCOMPARE(opened.at(0).at(0).value<std::string>(), std::string("/media/stick"));
    }

    void anotherColourSchemeRecoloursWhatIsThere()
    {
        show(checkOfAStick("Photos"));
        const QPalette before = QApplication::palette();
        const auto place = [this] { return m_pane->findChildren<TextBlock*>().at(1); }; // stands back
        const QColor light = inkOf(*place());
        QPalette dark;
        dark.setColor(QPalette::Window, QColor(30, 30, 32));
        dark.setColor(QPalette::Base, QColor(24, 24, 26));
        for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
            dark.setColor(role, QColor(235, 235, 238));
        QApplication::setPalette(dark);
        QTRY_VERIFY(inkOf(*place()) != light);
        QCOMPARE(inkOf(*place()), mutedText(m_pane->palette()));
        QApplication::setPalette(before);
        QTRY_COMPARE(inkOf(*place()), light);
    }

    void everythingThatTakesTheFocusHasAName()
    {
        Check check = checkOfAStick("Photos");
        check.abilities = {{Ability::SymbolicLinks, AbilityStatus::Missing, {}, 0, {}, {}}};
        show(check);
        openFacts();
        chips().at(2)->click();
        for (const QWidget* widget : m_pane->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || qobject_cast<const QLabel*>(widget))
                continue;
            const auto* pressed = qobject_cast<const QAbstractButton*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (pressed && !pressed->text().isEmpty()),
                     widget->metaObject()->className());
        }
    }

    // --- Would somebody else be able to write here? ---------------------------------------------------------------

    void theQuestionIsAskedOfAProberAboutThisFolderAndUser()
    {
        show(checkOfAStick("a\xff"));
        ask("  alice ");
        QCOMPARE(m_probers->waiting<request::Rights>().size(), std::size_t{1});
        const auto question = m_probers->waiting<request::Rights>().front();
        QCOMPARE(question.folder, Path("/media/stick/a\xff"));
        QCOMPARE(question.request.folder, Path("/media/stick/a\xff"));
        QCOMPARE(question.request.user, std::string("alice"));
    }

    void threeAnswersAreThreeAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("said");
        QTest::newRow("yes") << QByteArray("yes") << QStringLiteral("Yes, alice would be able to write here");
        QTest::newRow("no") << QByteArray("no") << QStringLiteral("No, alice would not be able to write here");
        QTest::newRow("unknown") << QByteArray("unknown")
                                 << QStringLiteral("It cannot be known from here whether alice would be able to write");
    }
    void threeAnswersAreThreeAnswers()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QString, said);
        show(checkOfAStick("Photos"));
        ask("alice");
        Json reply{{"answer", answer.toStdString()}, {"user", "alice"}, {"uid", 1001}};
        Finding finding = checkOfAStick("Photos").findings.front();
        finding.arguments["user"] = Argument::user("alice");
        finding.fixes = {makeFix("rights-grant-search", finding.arguments)};
        if (answer != "yes") {
            putPath(reply, "component", "/media/stick");
            reply["finding"] = toJson(finding);
        }
        m_probers->answer(m_probers->waiting<request::Rights>().front().id, reply);
        QVERIFY2(answerText().contains(said), qPrintable(answerText()));
        // In words about alice, where the finding of a check says "you".
        const QString explanation = QString::fromStdString(renderRightsFinding(finding).explanation);
        QVERIFY(explanation.contains(QStringLiteral("alice")));
        QCOMPARE(answerText().contains(explanation), answer != "yes");
        QCOMPARE(answerText().contains(QStringLiteral(" (proven). ")), answer == "no");
        QCOMPARE(answerText().contains(QStringLiteral("setfacl -m u:alice:x -- /media/stick")), answer != "yes");
    }

    void theDecidingPlaceIsNamedWhereTheWordsDoNot()
    {
        show(checkOfAStick("Photos"));
        ask("alice");
        Json reply{{"answer", "no"}, {"user", "alice"}};
        putPath(reply, "component", "/media/<b>");
        m_probers->answer(m_probers->waiting<request::Rights>().front().id, reply);
        QVERIFY2(answerText().contains(QStringLiteral("It is decided at '/media/<b>'.")), qPrintable(answerText()));
    }

    void anAnswerThatMakesNoSenseIsNone_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("empty") << QByteArray("{}");
        QTest::newRow("another word") << QByteArray(R"({"answer": "perhaps"})");
        QTest::newRow("a finding that is none") << QByteArray(R"({"answer": "no", "finding": {"id": 7}})");
    }
    void anAnswerThatMakesNoSenseIsNone()
    {
        QFETCH(QByteArray, json);
        show(checkOfAStick("Photos"));
        ask("alice");
        m_probers->answer(m_probers->waiting<request::Rights>().front().id, parseJson(json.toStdString()).value());
        QVERIFY(answerText().contains(QStringLiteral("There is no answer")));
        QVERIFY(!answerText().contains(QStringLiteral("Yes")) && !answerText().contains(QStringLiteral("No,")));
    }

    void anErrorIsSaidInPlainWords_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::addColumn<QString>("words");
        QTest::newRow("unknown user") << QByteArray("unknown-user")
                                      << QStringLiteral("This computer knows no user of that name.");
        QTest::newRow("hangs") << QByteArray("not-responding") << QStringLiteral("This folder does not answer.");
    }
    void anErrorIsSaidInPlainWords()
    {
        QFETCH(QByteArray, operation);
        QFETCH(QString, words);
        show(checkOfAStick("Photos"));
        ask("alice");
        m_probers->answer(m_probers->waiting<request::Rights>().front().id, fail(operation.toStdString(), {}, 0));
        QVERIFY2(answerText().contains(words), qPrintable(answerText()));
    }

    void theAnswerToAnEarlierQuestionIsDropped()
    {
        show(checkOfAStick("Photos"));
        ask("alice");
        const WorkId first = m_probers->waiting<request::Rights>().front().id;
        ask("bob");
        QCOMPARE(m_probers->cancelled(), std::vector<WorkId>{first});
        m_probers->answer(first, Json{{"answer", "yes"}, {"user", "alice"}});
        QVERIFY(!answerText().contains(QStringLiteral("alice")));
    }

    void anAnswerThatComesAfterTheRowWasLeftHurtsNobody()
    {
        show(checkOfAStick("Photos"));
        ask("alice");
        const WorkId work = m_probers->waiting<request::Rights>().front().id;
        show(checkOfAStick("Music"));
        QTRY_COMPARE(m_probers->cancelled(), std::vector<WorkId>{work});
        m_probers->answer(work, Json{{"answer", "yes"}, {"user", "alice"}});
        QVERIFY(!text().contains(QStringLiteral("Yes, alice")));
        QCOMPARE(m_pane->findChild<RightsQuestion*>()->user(), QStringLiteral("alice"));
    }

    void theQuestionCanBeTriedInstead()
    {
        show(checkOfAStick("Photos"));
        QSignalSpy wanted(m_pane.get(), &DetailsPane::checkAsWanted);
        m_pane->findChild<QLineEdit*>()->setText(QStringLiteral("alice"));
        button(QStringLiteral("Check as this user"))->click();
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted.at(0).at(0).value<std::string>(), std::string("/media/stick/Photos"));
        QCOMPARE(wanted.at(0).at(1).toString(), QStringLiteral("alice"));
    }

private:
    void show(const Check& check)
    {
        const CheckRow row = rowOf(check);
        m_pane->setRow(&row);
    }
    [[nodiscard]] QString text() const
    {
        QStringList texts;
        for (const QWidget* widget : m_pane->findChildren<QWidget*>()) {
            if (!widget->isVisibleTo(m_pane.get()))
                continue;
            if (const auto* label = qobject_cast<const QLabel*>(widget))
                texts << label->text();
            else if (const auto* block = qobject_cast<const TextBlock*>(widget))
                texts << block->toPlainText();
        }
        return texts.join(QLatin1Char('\n'));
    }
    [[nodiscard]] QString answerText() const
    {
        QStringList texts;
        if (const auto* answer = m_pane->findChild<QWidget*>(QStringLiteral("rights-answer")))
            for (const TextBlock* block : answer->findChildren<TextBlock*>())
                texts << block->toPlainText();
        return texts.join(QLatin1Char('\n'));
    }
    [[nodiscard]] QList<PathChip*> chips() const { return m_pane->findChildren<PathChip*>(); }
    [[nodiscard]] QAbstractButton* button(const QString& name) const
    {
        for (QAbstractButton* candidate : m_pane->findChildren<QAbstractButton*>())
            if (candidate->accessibleName() == name)
                return candidate;
        qFatal("there is no button of that name");
        return nullptr;
    }
    void openFacts() { button(QStringLiteral("Show the facts"))->click(); }
    void ask(const char* user)
    {
        m_pane->findChild<QLineEdit*>()->setText(QString::fromLatin1(user));
        button(QStringLiteral("Ask whether this user would be able to write here"))->click();
    }

    std::unique_ptr<FakeProbers> m_probers;
    std::unique_ptr<DetailsPane> m_pane;
};

QTEST_MAIN(DetailsPaneTest)
#include "tst_details_pane.moc"
