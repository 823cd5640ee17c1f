// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/typed_path.h"
#include "app/gui/kit/words.h"
#include "app/gui/picker/folder_list_model.h"
#include "app/gui/scratch/clean_up_model.h"
#include "app/gui/scratch/kept_model.h"
#include "app/gui/scratch/scratch_model.h"
#include "core/report/render_markdown.h"
#include "tests/gui/scratch_samples.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QSignalSpy>
#include <QSortFilterProxyModel>
#include <QTest>
#include <QTranslator>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

ScratchDirectory entry(const std::string& id, const Path& path, const std::string& state = "active")
{
    return *fromJson<ScratchDirectory>(sampleDirectory(id, "name " + id, path, state));
}

QString shown(const ScratchModel& model, int row, int column)
{
    return model.index(row, column).data().toString();
}

/// A language that has words for one reason.
class OneReason : public QTranslator
{
public:
    [[nodiscard]] QString translate(const char* context, const char* text, const char* /*unused*/,
                                    int /*unused*/) const override
    {
        const bool isIt = qstrcmp(context, "reasons") == 0 && qstrcmp(text, wordsOf(ReasonKind::Elsewhere)->text) == 0;
        return isIt ? QStringLiteral("es ist auf „{name}“") : QString();
    }
    [[nodiscard]] bool isEmpty() const override { return false; }
};

} // namespace

class ScratchModelTest : public QObject
{
    Q_OBJECT

private slots:
    void anEntryWithoutIdOrPathIsRefused()
    {
        QVERIFY(!fromJson<ScratchDirectory>(Json::object()));
        Json json = sampleDirectory("", "n", "/x");
        QVERIFY(!fromJson<ScratchDirectory>(json));
        json = sampleDirectory("a", "n", "/x");
        json.erase("path");
        QVERIFY(!fromJson<ScratchDirectory>(json));
        QVERIFY(!fromJson<ScratchDirectory>(Json::array()));
    }

    void aPathThatIsNotUtf8KeepsItsBytes()
    {
        const Path path = "/tmp/caf\xe9";
        ScratchModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setEntries({entry("a", path)});
        QCOMPARE(model.index(0, 0).data(ScratchModel::PathRole).toByteArray(), QByteArray::fromStdString(path));
        QCOMPARE(model.index(0, 0).data(ScratchModel::ShownPathRole).toString(), QStringLiteral("/tmp/caf\\xe9"));
    }

    void theListComesFirstAndMeasuresTrickleIn()
    {
        ScratchModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setNow(kSampleNow);
        model.setEntries({entry("a", "/x/a"), entry("b", "/x/b")});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(shown(model, 0, ScratchModel::Size), QStringLiteral("…"));
        QCOMPARE(shown(model, 0, ScratchModel::Age), QStringLiteral("10 h"));
        QCOMPARE(shown(model, 0, ScratchModel::TimeLeft), QStringLiteral("14 h"));
        ScratchDirectory seen = entry("b", "/x/b", "busy");
        seen.record.measure.emplace();
        seen.record.measure->bytes = 1'500'000;
        seen.record.measure->files = 1234;
        model.setInspected(seen);
        QCOMPARE(shown(model, 1, ScratchModel::Size), QStringLiteral("1.50 MB"));
        QCOMPARE(shown(model, 1, ScratchModel::State), QStringLiteral("Busy"));
        QCOMPARE(shown(model, 0, ScratchModel::State), QStringLiteral("Active"));
        QCOMPARE(model.totalBytes(), std::uint64_t{1'500'000});
    }

    void aNewListKeepsWhatWasMeasuredAndDropsWhatIsGone()
    {
        ScratchModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setEntries({entry("a", "/x/a"), entry("b", "/x/b"), entry("c", "/x/c")});
        ScratchDirectory seen = entry("c", "/x/c");
        seen.record.measure.emplace();
        seen.record.measure->bytes = 7;
        model.setInspected(seen);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setEntries({entry("d", "/x/d"), entry("c", "/x/c"), entry("a", "/x/a"), entry("a", "/twice")});
        QCOMPARE(model.order(), (std::vector<std::string>{"a", "c", "d"}));
        QCOMPARE(model.entry(1)->record.measure->bytes, std::uint64_t{7});
        QCOMPARE(resets.count(), 0);
        model.setInspected(entry("b", "/x/b"));
        QCOMPARE(model.rowCount(), 3);
        model.remove("a");
        model.remove("not there");
        QCOMPARE(model.order(), (std::vector<std::string>{"c", "d"}));
    }

    void everyStateHasAWordOfItsOwn()
    {
        ScratchModel model;
        std::vector<ScratchDirectory> entries;
        const std::vector<std::string> states{"active", "expired",   "released", "offline",
                                              "lost",   "elsewhere", "busy",     "never heard of"};
        for (const std::string& state : states)
            entries.push_back(entry(state, "/x/" + state, state));
        model.setEntries(entries);
        QSet<QString> words;
        for (int row = 0; row < model.rowCount(); ++row) {
            words << shown(model, row, ScratchModel::State);
            QVERIFY(!model.index(row, ScratchModel::State).data(Qt::DecorationRole).value<QIcon>().isNull());
            QVERIFY(!model.index(row, ScratchModel::State).data(Qt::ToolTipRole).toString().isEmpty());
        }
        QCOMPARE(words.size(), static_cast<qsizetype>(states.size()));
        model.setInspectFailed("active", true, QStringLiteral("why"));
        QCOMPARE(shown(model, 0, ScratchModel::State), QStringLiteral("Does not answer"));
        QCOMPARE(shown(model, 0, ScratchModel::Size), QStringLiteral("–"));
    }

    void oneThatIsHalfRemovedSaysSoAndWhatCanBeDone()
    {
        ScratchModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setNow(kSampleNow);
        const std::pair<const char*, ScratchState> expected[] = {{"active", ScratchState::HalfRemoved},
                                                                 {"expired", ScratchState::HalfRemoved},
                                                                 {"released", ScratchState::HalfRemoved},
                                                                 {"busy", ScratchState::Busy},
                                                                 {"offline", ScratchState::Offline},
                                                                 {"elsewhere", ScratchState::Elsewhere},
                                                                 {"lost", ScratchState::Lost}};
        std::vector<ScratchDirectory> entries;
        for (const auto& [state, condition] : expected) {
            Json json = sampleDirectory(state, state, "/x", state);
            json["half_removed"] = true;
            entries.push_back(*fromJson<ScratchDirectory>(json));
        }
        model.setEntries(entries);
        for (int row = 0; row < model.rowCount(); ++row) {
            const ScratchState condition = expected[static_cast<std::size_t>(row)].second;
            QCOMPARE(model.index(row, 0).data(ScratchModel::ConditionRole).toInt(), static_cast<int>(condition));
            QCOMPARE(shown(model, row, ScratchModel::State) == QStringLiteral("Half removed"),
                     condition == ScratchState::HalfRemoved);
        }
        const auto sentence = [&model](int row) {
            return model.index(row, ScratchModel::State).data(Qt::AccessibleDescriptionRole).toString();
        };
        QVERIFY2(sentence(0).contains(QStringLiteral("extend or pin it")), qPrintable(sentence(0)));
        QVERIFY2(sentence(2).contains(QStringLiteral("restore it")), qPrintable(sentence(2)));
        QVERIFY2(!sentence(4).contains(QStringLiteral("removal")), qPrintable(sentence(4)));
        // Its twin, of which nothing was removed.
        model.setEntries({entry("active", "/x")});
        QCOMPARE(shown(model, 0, ScratchModel::State), QStringLiteral("Active"));
    }

    void whatTheTimeIsOfFollowsTheState()
    {
        ScratchModel model;
        model.setNow(kSampleNow);
        ScratchDirectory released = entry("r", "/r", "released");
        released.record.pinned = true;
        ScratchDirectory ending = released;
        ending.record.id = "e";
        ending.restorableUntil = kSampleNow + 5 * kSampleHour;
        ScratchDirectory over = released;
        over.record.id = "o";
        over.restorableUntil = kSampleNow - kSampleHour;
        ScratchDirectory lost = entry("l", "/l", "lost");
        lost.record.pinned = true;
        ScratchDirectory pinned = entry("p", "/p");
        pinned.record.pinned = true;
        model.setEntries({released, ending, over, lost, pinned});
        const char* const expected[] = {"can be restored", "restorable for 5 h", "to be removed", "", "pinned"};
        for (int row = 0; row < model.rowCount(); ++row) {
            QCOMPARE(shown(model, row, ScratchModel::TimeLeft), QString::fromUtf8(expected[row]));
            const QString tip = model.index(row, ScratchModel::TimeLeft).data(Qt::ToolTipRole).toString();
            QCOMPARE(tip.contains(QStringLiteral("Pinned")), row == 4);
        }
    }

    void sizesAndTimesSortAsNumbers()
    {
        ScratchModel model;
        model.setNow(kSampleNow);
        ScratchDirectory small = entry("small", "/s");
        small.record.measure.emplace().bytes = 900;
        ScratchDirectory large = entry("large", "/l");
        large.record.measure.emplace().bytes = 10'000'000'000;
        large.expires = kSampleNow + 1000 * kSampleHour;
        ScratchDirectory unlimited = entry("unlimited", "/f");
        unlimited.expires.reset();
        model.setEntries({large, unlimited, small});
        QSortFilterProxyModel proxy;
        proxy.setSourceModel(&model);
        proxy.setSortRole(ScratchModel::SortRole);
        const auto ids = [&proxy] {
            QByteArrayList list;
            for (int row = 0; row < proxy.rowCount(); ++row)
                list << proxy.index(row, 0).data(ScratchModel::IdRole).toByteArray();
            return list;
        };
        proxy.sort(ScratchModel::Size, Qt::AscendingOrder);
        QCOMPARE(ids(), (QByteArrayList{"unlimited", "small", "large"}));
        proxy.sort(ScratchModel::TimeLeft, Qt::AscendingOrder);
        QCOMPARE(ids(), (QByteArrayList{"small", "large", "unlimited"}));
    }

    void foreignMarkupStaysTextInToolTips()
    {
        ScratchModel model;
        model.setEntries({entry("a", "/x/<img src='/mnt/dead/x.png'>")});
        const QString tip = model.index(0, 0).data(Qt::ToolTipRole).toString();
        QVERIFY(!tip.contains(QStringLiteral("<img")));
        QVERIFY(tip.contains(QStringLiteral("&lt;img")));
    }

    void folderNamesAreSortedForPeopleAndHiddenOnesWait()
    {
        FolderListModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setEntries({{"beta", false}, {"Alpha", false}, {".cache", true}, {"caf\xe9", false}});
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.name(0), std::string("Alpha"));
        QCOMPARE(model.name(2), std::string("caf\xe9"));
        QCOMPARE(model.hiddenCount(), 1);
        QCOMPARE(model.rowOf(".cache"), -1);
        model.setHiddenShown(true);
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.rowOf(".cache"), 0);
        QCOMPARE(model.name(99), std::string());
    }

    void onlyWhatMayGoCanBeTicked()
    {
        CleanUpModel model({entry("a", "/x/a"), entry("b", "/x/b"), entry("c", "/x/c"), entry("d", "/x/d")},
                           kSampleNow);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(model.isLooking());
        Preview free;
        free.path = "/x/a";
        free.removable = true;
        Preview used = free;
        used.users.push_back({42, "editor", Use::OpenFile});
        Preview refused;
        refused.reason = Reason::said("not ours");
        model.setPreview(0, free);
        model.setPreview(1, used);
        model.setPreview(2, refused);
        model.setPreview(3, fail("not-responding", {}, 0));
        QVERIFY(!model.isLooking());
        QCOMPARE(model.tickedRows(), std::vector<int>{0});
        QVERIFY(model.index(1).data(CleanUpModel::WarningRole).toString().contains(QStringLiteral("editor")));
        QVERIFY(!model.setData(model.index(2), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(!model.setData(model.index(3), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(model.setData(model.index(1), Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(model.tickedRows(), (std::vector<int>{0, 1}));
    }

    void pinAndNoteAreShownAndWhoUsesItWithoutAProcess()
    {
        ScratchDirectory pinned = entry("a", "/x/a");
        pinned.record.pinned = true;
        ScratchDirectory bare = entry("b", "/x/b");
        bare.record.note.clear();
        CleanUpModel model({pinned, bare}, kSampleNow);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.index(0).data(CleanUpModel::NoteRole).toString(), QStringLiteral("Pinned. Note: a note"));
        QCOMPARE(model.index(1).data(CleanUpModel::NoteRole).toString(), QString());
        Preview preview;
        preview.path = "/x/b";
        preview.removable = true;
        preview.users = {{0, "/x/b/m", Use::Mount}, {0, "/dev/loop1", Use::LoopDevice}, {0, "/x/b/s", Use::SwapFile}};
        preview.directory = bare; // as it is by now
        preview.directory.record.pinned = true;
        model.setPreview(1, preview);
        QCOMPARE(model.index(1).data(CleanUpModel::NoteRole).toString(), QStringLiteral("Pinned"));
        const QString warning = model.index(1).data(CleanUpModel::WarningRole).toString();
        for (const char* words : {"the mount at", "the loop device of", "as swap file"})
            QVERIFY2(warning.contains(QLatin1String(words)), qPrintable(warning));
        QVERIFY(!warning.contains(QStringLiteral("process")));
    }

    void whatHoldsOneThatStaysCannotGo()
    {
        CleanUpModel model({entry("outer", "/x/o"), entry("inner", "/x/o/i"), entry("beside", "/x/other")}, kSampleNow);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (int row = 0; row < 3; ++row) {
            Preview preview;
            preview.removable = true;
            model.setPreview(row, preview);
        }
        QCOMPARE(model.tickedRows(), (std::vector<int>{0, 1, 2}));
        QCOMPARE(model.inside(0, {0, 1, 2}), std::vector<int>{1});
        QVERIFY(model.inside(2, {0, 1, 2}).empty());
        QVERIFY(model.setData(model.index(1), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(model.tickedRows(), std::vector<int>{2});
        QVERIFY(model.index(0).data(CleanUpModel::WarningRole).toString().contains(QStringLiteral("It stays: ")));
        QVERIFY(model.setData(model.index(1), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(model.setData(model.index(0), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(model.tickedRows(), (std::vector<int>{1, 2}));
    }

    void keptPathsAreListedWithTheirReasons()
    {
        KeptModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.add({{"/x/a\nb", Reason::said("immutable")}, {"/x/c", Reason::said("busy")}});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.asText(), QStringLiteral("/x/a\\nb: immutable\n/x/c: busy"));
    }

    void addressesAndTypedPathsBecomeBytes()
    {
        QCOMPARE(pathFromUri("file:///tmp/caf%E9"), std::optional<Path>("/tmp/caf\xe9"));
        QCOMPARE(pathFromUri("file://localhost/a%20b"), std::optional<Path>("/a b"));
        QVERIFY(!pathFromUri("file://server/a"));
        QVERIFY(!pathFromUri("http://x/"));
        QVERIFY(!pathFromUri("file:///a%00b"));
        QCOMPARE(uriFromPath("/tmp/caf\xe9 #1%"), std::string("file:///tmp/caf%E9%20%231%25"));
        QCOMPARE(pathFromTyped(QStringLiteral(" ~/x "), "/base", "/home/a"), std::optional<Path>("/home/a/x"));
        QCOMPARE(pathFromTyped(QStringLiteral("~"), "/base", "/home/a"), std::optional<Path>("/home/a"));
        QCOMPARE(pathFromTyped(QStringLiteral("sub/"), "/base", "/home/a"), std::optional<Path>("/base/sub"));
        QVERIFY(!pathFromTyped(QStringLiteral("  "), "/base", "/home/a"));
    }

    void reasonsAreSaidInTheReadersLanguage()
    {
        const Reason elsewhere{.kind = ReasonKind::Elsewhere, .name = "nas"};
        QCOMPARE(reasonText(elsewhere), QStringLiteral("it is on the computer 'nas'"));
        QCOMPARE(reasonSentence(elsewhere), QStringLiteral("It is on the computer 'nas'."));
        QCOMPARE(reasonSentence(Reason()), QString());
        OneReason german;
        QVERIFY(QCoreApplication::installTranslator(&german));
        QCOMPARE(reasonSentence(elsewhere), QStringLiteral("Es ist auf „nas“."));
        QCOMPARE(reasonText({ReasonKind::MountTop}), QStringLiteral("it is the top of a mount"));
        QCOMPARE(reasonText(Reason::said("it is on the computer '{name}'")),
                 QStringLiteral("it is on the computer '{name}'"));
        // From the prober's answer to the eyes.
        Json json = sampleDirectory("a", "n", "/x/a", "elsewhere");
        putReason(json, "reason", elsewhere);
        CleanUpModel model({*fromJson<ScratchDirectory>(json)}, kSampleNow);
        Preview refused;
        refused.reason = getReason(json, "reason");
        model.setPreview(0, refused);
        const QString warning = model.index(0).data(CleanUpModel::WarningRole).toString();
        QVERIFY2(warning.startsWith(QStringLiteral("Es ist auf „nas“.")), qPrintable(warning));
    }

    void errorsReadAsSentences()
    {
        QCOMPARE(errorSentence({"not-responding", {}, 0, {}}), QStringLiteral("This folder does not answer."));
        QCOMPARE(errorSentence({"openat", "/x", ENOENT, {}}), QStringLiteral("This folder does not exist."));
        QCOMPARE(errorSentence({"bad-input", {}, 0, "the name is too long"}), QStringLiteral("The name is too long."));
        QVERIFY(errorSentence({"openat", {}, EXDEV, {}}).contains(QStringLiteral("EXDEV")));
        QCOMPARE(errorSentence({"being-removed", "/x", 0, {}}),
                 QStringLiteral("Another program is removing it at this moment."));
        QCOMPARE(errorSentence({"being-removed", "/x", 0, "its drive is not here"}),
                 QStringLiteral("Its removal was begun, and whether that goes on cannot be seen now: its drive is not "
                                "here"));
        QCOMPARE(errorSentence({"holds-others", "/x", 0, "the scratch directory 'i' lies in it (/x/i)"}),
                 QStringLiteral("It would take another one along: the scratch directory 'i' lies in it (/x/i)"));
        QVERIFY(errorSentence({"bad-input", "SCRATCHPROOF_GRACE", 0, "expected a time"})
                    .contains(QStringLiteral("SCRATCHPROOF_GRACE")));
        QCOMPARE(errorSentence({"is-not-here", "/x", 0, "nothing is there"}), QStringLiteral("Nothing is there."));
        for (const char* operation : {"being-removed", "holds-others", "is-elsewhere", "is-released", "not-released",
                                      "is-not-here", "name-taken", "not-active", "protected", "release-unsupported"})
            QVERIFY2(!errorSentence({operation, "/x", 0, {}}).contains(QLatin1String(operation)), operation);
    }

    void spansAreTheirLargestUnitRoundedToTheNearest()
    {
        constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
        QCOMPARE(shownSpan(7 * 24 * kSampleHour - kSecond), QStringLiteral("7 days"));
        QCOMPARE(shownSpan(12 * kSampleHour - kSecond), QStringLiteral("12 h"));
        QCOMPARE(shownSpan(12 * kSampleHour + 29 * 60 * kSecond), QStringLiteral("12 h"));
        QCOMPARE(shownSpan(12 * kSampleHour + 30 * 60 * kSecond), QStringLiteral("13 h"));
        QCOMPARE(shownSpan(5 * 60 * kSecond - 1), QStringLiteral("5 min"));
        QCOMPARE(shownSpan(kSampleHour - 1), QStringLiteral("1 h"));
        QCOMPARE(shownSpan(48 * kSampleHour - 1), QStringLiteral("2 days"));
        QCOMPARE(shownSpan(2 * 365 * 24 * kSampleHour - 1), QStringLiteral("2 years"));
        QCOMPARE(shownSpan(60 * kSecond - 1), QStringLiteral("under a minute"));
        QCOMPARE(shownSpan(60 * kSecond), QStringLiteral("1 min"));
        QCOMPARE(shownSpan(30 * kSecond), QStringLiteral("under a minute"));
        QCOMPARE(shownSpan(47 * kSampleHour), QStringLiteral("47 h"));
        QCOMPARE(shownSpan(24 * 10 * kSampleHour), QStringLiteral("10 days"));
        QCOMPARE(shownSpan(-5), QStringLiteral("under a minute"));
    }

    void aSizeReadsTheSameInATableAndInAText()
    {
        Check check;
        check.facts.mount.emplace();
        check.facts.space.emplace();
        check.facts.space->totalBytes = 512'000'000'000;
        check.facts.space->availableBytes = 41'234'000'000;
        check.duration = 1'240'000'000;
        const QLocale before;
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        const QString bytes = shownBytes(check.facts.space->availableBytes);
        const QString duration = shownDuration(check.duration);
        const std::string report = renderMarkdown(check, reportTranslate());
        QLocale::setDefault(before);
        QCOMPARE(bytes, QStringLiteral("41,2 GB"));
        QCOMPARE(duration, QStringLiteral("1,2 s"));
        QVERIFY2(report.find("`41,2 GB of 512 GB`") != std::string::npos, report.c_str());
        QVERIFY2(report.find("`1,2 s`") != std::string::npos, report.c_str());
    }
};

QTEST_MAIN(ScratchModelTest)
#include "tst_scratch_model.moc"
