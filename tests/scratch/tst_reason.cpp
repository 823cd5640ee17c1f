// SPDX-License-Identifier: GPL-3.0-or-later

// Why a scratch directory is as it is: what each kind says in English, and that it comes through JSON as it was.

#include "core/scratch/reason.h"
#include "core/scratch/scratch_json.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <array>

using namespace scratchproof;

namespace {

struct Sentence
{
    const char* id;
    const char* words;
};

/// Programs read these sentences as `reason`, so they stay as they are.
constexpr auto kSentences = std::to_array<Sentence>({
    {"elsewhere", "it is on the computer 'vim'"},
    {"found-here", "it was found here; it stays until it is given a lifetime and that is over"},
    {"creation-unfinished", "its creation did not finish"},
    {"removal-unfinished", "its removal was begun, and did not finish"},
    {"mounts-unread", "the mounts cannot be read: EIO"},
    {"folder-away", "the folder that it is in is not here"},
    {"no-answer", "its drive or share does not answer: EIO"},
    {"not-looked-at", "it could not be looked at: EIO"},
    {"other-file-system", "another file system is in its place now"},
    {"was-in-memory", "it was in memory, and this computer has been restarted since"},
    {"mounted-over", "something is mounted over it"},
    {"not-there", "the directory is not there any more"},
    {"other-in-place", "something else is in its place"},
    {"other-users", "the directory belongs to another user"},
    {"subvolume-in-place", "a subvolume is in its place"},
    {"other-inode", "it is not the directory that was made here (another inode)"},
    {"interrupted-and-empty", "its creation or removal was interrupted, and it is empty"},
    {"unmarked-and-empty", "its marker is gone, and it is empty"},
    {"place-uncertain",
     "the directory is not there any more, and whether this is the folder it was made in cannot be told"},
    {"marker-closed", "its own owner may not read its marker"},
    {"marker-unread", "its marker could not be read: EIO"},
    {"no-marker", "it has no marker"},
    {"other-marker", "its marker is that of another directory"},
    {"marker-is-link", "its marker is a symbolic link"},
    {"marker-not-plain", "its marker is not a plain file"},
    {"marker-of-other", "its marker belongs to another user"},
    {"marker-linked-twice", "its marker has a second hard link, as cp -al makes them: there is a copy of it"},
    {"marker-too-large", "its marker is too large to be one"},
    {"marker-senseless", "its marker cannot be read as one"},
    {"used-by-process", "it is in use by vim (process 12) and 3 more"},
    {"used-by-loop-device", "a file in it is the loop device '/x/a b' and 3 more"},
    {"used-as-swap", "in it is the swap file '/x/a b' and 3 more"},
    {"used-by-mount", "it is used by the mount at '/x/a b' and 3 more"},
    {"lock-held", "a program holds its lock"},
    {"lock-unknown", "whether a program holds its lock cannot be asked on this file system"},
    {"mount-top", "it is the top of a mount"},
    {"holds-protected", "'/x/a b' is in it, or is it"},
    {"home-unseen", "whether the home folder is in it cannot be seen, since that does not answer"},
    {"holds-other", "the scratch directory 'vim' lies in it (/x/a b), and 3 more"},
    {"holds-pinned", "the scratch directory 'vim' lies in it (/x/a b, pinned), and 3 more"},
    {"holds-unknown", "whether another scratch directory lies in it cannot be told: EIO"},
    {"copy-there", "/x/a b (and 3 more) is a copy of it, with the same marker: none of them is removed. Remove the "
                   "file .scratchproof-marker from those that are not to be looked after"},
    {"copy-away", "/x/a b (and 3 more) is a copy of it, with the same marker, and is not here now: none of them is "
                  "removed. If it does not come back, extend this one: then this is the one that is looked after"},
    {"not-that-looked-at", "it is not the directory that was looked at before"},
    {"marker-changed", "its marker was changed meanwhile"},
    {"replaced", "it was renamed or replaced meanwhile"},
    {"being-removed", "another program is removing it"},
    {"changed-by-other", "it was changed, or is being removed, by another program"},
    {"not-empty-any-more", "it is not empty any more, and has no marker"},
    {"keeps-filling", "files keep appearing in it"},
    {"stopped", "it was stopped"},
    {"not-removed", "it could not be removed"},
    {"part-kept", "/x/a b: the directory is not there any more, and 3 more"},
    {"inner-scratch", "it is a scratch directory of its own"},
    {"mount-in-the-way", "a mount is in the way; what is on it was not touched"},
    {"refused", "EIO"},
    {"of-user", "EIO; it belongs to the user vim"},
    {"of-container", "EIO; it belongs to 12, a user of a rootless container of yours; this removes it: podman unshare "
                     "rm -rf -- '/x/a b'"},
    {"of-unnamed-user", "EIO; it belongs to 12, a user number without a name here, as rootless containers make them; "
                        "if it is of one of yours, this removes it: podman unshare rm -rf -- '/x/a b'"},
    {"not-over", "its time is not over"},
    {"given-time", "an interrupted step was finished first, and that gave it more time"},
    {"given-time-or-taken", "it was given more time meanwhile, or is being removed"},
    {"already-gone", "somebody else removed it"},
    {"filled-unfinished", "its creation did not finish, and somebody put something in it"},
    {"changed-after-end", "something in it changed after its time was over; it stays until 2026-11-23T10:00:00.000Z"},
    {"purged", "12 entries, 5 B"},
    {"clock-set-back", "the clock says 2026-11-23T10:00:00.000Z, and there is a record of 2026-11-22T10:00:00.000Z: it "
                       "was wrong then, or is now. Nothing is removed this time"},
    {"clock-set-on", "the clock says 2026-11-23T10:00:00.000Z, more than 30 days after 2026-11-22T10:00:00.000Z. In "
                     "case that is wrong nothing is removed this time"},
    {"not-registered", "it was not registered"},
    {"from-other-computer", "it comes from another computer"},
    {"drive-was-elsewhere", "its drive was at the computer 'vim'"},
    {"moved-from", "it was at /x/a b; it has no end until it is extended"},
    {"copied-from", "it was copied from /x/a b, where it is no more"},
    {"same-marker", "/x/a b has the same marker"},
    {"same-marker-here", "/x/a b has the same marker. Neither is removed; remove the file .scratchproof-marker from "
                         "the one that is not to be looked after"},
    {"same-marker-away", "/x/a b has the same marker, and is not here now. Neither is removed; remove the file "
                         ".scratchproof-marker from the one that is not to be looked after"},
    {"folder-of-user", "it belongs to the user vim, who may rename what is in it"},
    {"folder-of-number", "it belongs to user number 12, who may rename what is in it"},
    {"folder-open-to-all", "every user may rename what is in it (it has no sticky bit)"},
    {"folder-open-to-group", "its group (vim) may rename what is in it"},
});

constexpr Nanoseconds kMorning = 1'795'428'000 * kNanosecondsPerSecond; // 2026-11-23, 10:00

/// With all that words can be filled with.
Reason filledReason(ReasonKind kind)
{
    return {.kind = kind,
            .path = "/x/a b",
            .name = "vim",
            .text = "EIO",
            .number = 12,
            .bytes = 5,
            .more = 3,
            .time = kMorning,
            .otherTime = kMorning - 24 * 3600 * kNanosecondsPerSecond,
            .inner = {{ReasonKind::NotThere}}};
}

Reason throughJson(const Reason& reason)
{
    Json json = Json::object();
    putReason(json, "reason", reason);
    return getReason(*parseJson(toLine(json)), "reason");
}

} // namespace

class ReasonTest : public QObject
{
    Q_OBJECT

private slots:
    void eachKindHasItsSentenceAndComesThroughJson_data()
    {
        QTest::addColumn<int>("kind");
        for (int kind = static_cast<int>(ReasonKind::Said) + 1; kind <= static_cast<int>(kLastReason); ++kind)
            QTest::newRow(wordsOf(static_cast<ReasonKind>(kind))->id) << kind;
    }

    void eachKindHasItsSentenceAndComesThroughJson()
    {
        QFETCH(const int, kind);
        const Reason reason = filledReason(static_cast<ReasonKind>(kind));
        const ReasonWords& words = *wordsOf(reason.kind);
        const auto expected =
            kSentences.at(static_cast<std::size_t>(kind) - static_cast<std::size_t>(ReasonKind::Said) - 1);
        QCOMPARE(words.id, expected.id);
        QCOMPARE(toString(reason), std::string(expected.words));
        QVERIFY(reasonKindFromId(words.id) == reason.kind);
        QVERIFY(throughJson(reason) == reason);
        // Where there are no others, nothing is said of them.
        Reason alone = reason;
        alone.more = 0;
        QVERIFY2(toString(alone).find("3 more") == std::string::npos, toString(alone).c_str());
        QVERIFY(throughJson(alone) == alone);
    }

    void thereAreNoMoreSentencesThanKinds()
    {
        QCOMPARE(kSentences.size(), static_cast<std::size_t>(kLastReason) - static_cast<std::size_t>(ReasonKind::Said));
        QVERIFY(wordsOf(ReasonKind::None) == nullptr && wordsOf(ReasonKind::Said) == nullptr);
        QVERIFY(!reasonKindFromId("").has_value() && !reasonKindFromId("said").has_value());
    }

    void noReasonIsNoWords()
    {
        QVERIFY(Reason().empty());
        QCOMPARE(toString(Reason()), std::string());
        Json json = Json::object();
        putReason(json, "reason", Reason());
        QCOMPARE(toLine(json), std::string(R"({"reason":""})"));
        QVERIFY(getReason(json, "reason").empty());
        QVERIFY(getReason(Json::object(), "reason").empty());
    }

    void theKindStandsBesideTheEnglish()
    {
        Json json = Json::object();
        putReason(json, "reason", {.kind = ReasonKind::UsedByProcess, .name = "vim", .number = 12});
        QCOMPARE(toLine(json),
                 std::string(R"x({"reason":"it is in use by vim (process 12)","reason_id":"used-by-process",)x"
                             R"x("reason_arguments":{"name":"vim","number":12}})x"));
    }

    void wordsWithoutAKindThatIsKnownAreTakenAsTheyAre()
    {
        const Reason foreign = getReason({{"reason", "the stars are not right"}}, "reason");
        QVERIFY(foreign.kind == ReasonKind::Said);
        QCOMPARE(toString(foreign, [](const char*) { return std::string("?"); }),
                 std::string("the stars are not right"));
        const Reason newer = getReason(
            {{"reason", "a comet is in the way"}, {"reason_id", "comet"}, {"reason_arguments", {{"number", 1}}}},
            "reason");
        QVERIFY(newer.kind == ReasonKind::Said);
        QVERIFY(throughJson(newer) == newer);
        QCOMPARE(toString(newer), std::string("a comet is in the way"));
    }

    void whatAStrangerWroteDoesNoHarm()
    {
        const Reason odd = getReason(
            {{"reason", 3}, {"reason_id", "part-kept"}, {"reason_arguments", {{"path", 7}, {"more", -1}}}}, "reason");
        QCOMPARE(toString(odd), std::string(": ?"));
        QCOMPARE(toString(Reason::said("a\nb\x1b[1m")), std::string(R"(a\nb\x1b[1m)"));
        // Braces in a name are no places for values.
        QCOMPARE(toString({.kind = ReasonKind::Elsewhere, .name = "{text}[x]", .text = "no"}),
                 std::string("it is on the computer '{text}[x]'"));
    }

    void bytesOfPathsAndNamesComeThrough()
    {
        const Reason reason{.kind = ReasonKind::MovedFrom, .path = "/x/caf\xe9"};
        QCOMPARE(throughJson(reason).path, reason.path);
        QCOMPARE(toString(reason), std::string(R"(it was at /x/caf\xe9; it has no end until it is extended)"));
        const Reason user{.kind = ReasonKind::UsedByProcess, .name = "v\xff", .number = 1};
        QVERIFY(throughJson(user) == user);
    }

    void wordsAreTranslatedAndThenFilled()
    {
        const auto german = [](const char* text) {
            return std::string(text) == wordsOf(ReasonKind::PartKept)->text ? std::string("von {path}: {reason}")
                                                                            : std::string("nicht da");
        };
        QCOMPARE(toString(filledReason(ReasonKind::PartKept), german), std::string("von /x/a b: nicht da"));
    }
};

SCRATCHPROOF_TEST_MAIN(ReasonTest, Nothing)
#include "tst_reason.moc"
