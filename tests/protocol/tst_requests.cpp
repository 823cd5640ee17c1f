// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/requests.h"

#include <QTest>

#include <map>
#include <set>

using namespace scratchproof;

namespace {

constexpr Nanoseconds kHour = 3600 * kNanosecondsPerSecond;

/// One of each, with something in every member.
std::vector<Request> everyRequest()
{
    const request::About about{"/x/\xff", "0123", "/home/ann"};
    CreateRequest wish;
    wish.name = "build";
    wish.folder = "/x";
    wish.lifetime = 12 * kHour;
    wish.note = "for now";
    wish.pinned = wish.reuse = wish.isDefaultFolder = wish.empty = true;
    return {request::Check{"/x", Level::Full, 5 * kNanosecondsPerSecond},
            request::Space{"/x"},
            request::ListFolders{"/x", 7},
            request::Entries{"/x", {"a", "\xff"}},
            request::ReadFile{"/x/list"},
            request::Rights{"/x", "ann"},
            request::ScratchCreate{wish},
            request::ScratchSuits{"/x"},
            request::ScratchList(),
            request::ScratchNamed{{"one", "\xff"}, "/home/ann"},
            request::ScratchInspect{about, ScratchStore::Look::Brief},
            request::ScratchPreview{about, ScratchStore::Look::Brief, {"4567"}},
            request::ScratchClean{about, "word", ScratchStore::InUse::RemoveAllTheSame},
            request::ScratchCleanUnseen{about, ScratchStore::InUse::RemoveAllTheSame},
            request::ScratchForget{"0123"},
            request::ScratchExtend{about, Lifetime()},
            request::ScratchPin{about, false},
            request::ScratchRelease{about, ScratchStore::InUse::RemoveAllTheSame},
            request::ScratchRestore{about, Lifetime(kHour)},
            request::ScratchFind{"/x"},
            request::ScratchSweep{SweepMode::Try},
            request::ScratchPurge{about, SweepMode::Try},
            request::ScratchLog{3},
            request::VerifyCapacity{"/x", 4096, true, true, true, 8192},
            request::VerifyAgain{"/x"},
            request::VerifySpeed{"/x", 4096, 7}};
}

Order readOrder(const std::string& line)
{
    const auto input = inputFromLine(line);
    return input && std::holds_alternative<Order>(*input) ? std::get<Order>(*input) : Order();
}

/// What is said of a line that is no request: its Error's detail.
std::string refusal(const char* line)
{
    const auto input = inputFromLine(line);
    if (!input)
        return "not even a number";
    const auto* misshapen = std::get_if<Misshapen>(&*input);
    return misshapen != nullptr ? misshapen->why.operation + ": " + misshapen->why.detail : "a request";
}

} // namespace

class RequestsTest : public QObject
{
    Q_OBJECT

private slots:
    void eachRequestIsReadAsItWasWritten()
    {
        const auto all = everyRequest();
        QCOMPARE(all.size(), std::variant_size_v<Request>);
        std::set<std::string> names;
        for (std::size_t i = 0; i < all.size(); ++i) {
            QCOMPARE(all[i].index(), i);
            names.insert(nameOf(all[i]));
            const std::string line = toLine(Order{i + 1, all[i], Path("/mnt/\xfe")});
            const Order read = readOrder(line);
            QVERIFY2(read.id == i + 1 && read.request.index() == i, line.c_str());
            QVERIFY2(read.mount == Path("/mnt/\xfe"), line.c_str());
            QVERIFY2(folderOf(read.request) == folderOf(all[i]), line.c_str());
            QCOMPARE(toLine(read), line);
            // Each member is in it: an empty request of that kind is written in another way.
            QVERIFY2(i == Request(request::ScratchList()).index() || toLine(Order{i + 1, Request()}) != line,
                     line.c_str());
        }
        QCOMPARE(names.size(), all.size());
    }

    void whatRemovesOrLooksEverywhereWaitsInALaneOfItsOwn()
    {
        const std::set<std::string> longOnes{"scratch-clean",   "scratch-clean-unseen", "scratch-find", "scratch-purge",
                                             "verify-capacity", "verify-again",         "verify-speed"};
        for (const Request& one : everyRequest()) {
            const std::string name = nameOf(one);
            const LaneKind lane = name == "check"           ? LaneKind::Check
                                  : longOnes.contains(name) ? LaneKind::Long
                                                            : LaneKind::Ask;
            QVERIFY2(laneOf(one) == lane, name.c_str());
            QVERIFY2((deadlineOf(one) == DeadlineKind::EachStep) == (name == "check"), name.c_str());
            const bool mayChange = name.starts_with("scratch-") || name.starts_with("verify-");
            QVERIFY2(isOfScratch(one) == mayChange, name.c_str());
        }
    }

    void whatIsMissingIsNamed()
    {
        const std::map<const char*, const char*> expected{
            {R"({"request": "format", "id": 1})", "bad-request: this prober does not know the request 'format'"},
            {R"({"request": "space", "id": 1})", "bad-request: the request has no usable member 'folder'"},
            {R"({"request": "check", "id": 1, "folder": "/x", "level": "brutal"})",
             "bad-request: the request has no usable member 'level'"},
            {R"({"request": "scratch-clean", "id": 1, "folder": "/x", "directory": "i"})",
             "bad-request: the request has no usable member 'confirmation'"},
            {R"({"request": "scratch-clean", "id": 1, "folder": "/x", "confirmation": "w"})",
             "bad-request: the request has no usable member 'directory'"},
            {R"({"request": "scratch-pin", "id": 1, "directory": "i"})",
             "bad-request: the request has no usable member 'pinned'"},
            {R"({"request": "scratch-extend", "id": 1, "directory": "i", "lifetime": "soon"})",
             "bad-input: 'soon' is not a lifetime; expected for example 12h, 7d, 30d or never"},
            {R"({"request": "space", "folder": "/x"})", "not even a number"},
            {R"({"request": "space", "id": -1, "folder": "/x"})", "not even a number"},
            {R"([])", "not even a number"}};
        for (const auto& [line, words] : expected)
            QCOMPARE(refusal(line), std::string(words));
    }

    void whatMayBeLeftOutHasTheHarmlessValue()
    {
        const Order clean = readOrder(
            R"({"request": "scratch-clean", "id": 1, "folder": "/x", "directory": "i", "confirmation": "w"})");
        QVERIFY(std::get<request::ScratchClean>(clean.request).inUse == ScratchStore::InUse::Keep);
        const Order preview = readOrder(R"({"request": "scratch-preview", "id": 1, "folder": "/x", "directory": "i"})");
        QVERIFY(std::get<request::ScratchPreview>(preview.request).look == ScratchStore::Look::Whole);
        QVERIFY(std::get<request::ScratchPreview>(preview.request).also.empty());
        QVERIFY(!preview.mount);
        const Order restore = readOrder(R"({"request": "scratch-restore", "id": 1, "folder": "/x", "directory": "i"})");
        QVERIFY(!std::get<request::ScratchRestore>(restore.request).lifetime);
    }

    void aDirectoryIsReadAsItWasWritten()
    {
        ScratchDirectory directory;
        directory.record.id = "0123";
        directory.record.name = "build \xff";
        directory.record.path = "/x/build-abc \xff";
        directory.state = ScratchState::Released;
        directory.reason = Reason::said("it was given up");
        directory.record.note = "for now";
        directory.record.created = 1'795'428'000 * kNanosecondsPerSecond;
        directory.record.lifetime = 12 * kHour;
        directory.expires = directory.record.created + kHour;
        directory.restorableUntil = directory.record.created + 2 * kHour;
        directory.record.quarantine = "/x/.q/build";
        directory.record.pinned = true;
        directory.record.adopted = false;
        directory.purgedAfter = directory.record.created + 3 * kHour;
        directory.isHalfRemoved = true;
        directory.record.content = "inner \xff";
        directory.record.copies.push_back({"/y", {}});
        directory.record.host = "desk";
        directory.record.place.fileSystem.type = "ext4";
        directory.record.measure = Measure{7, 8, 0, directory.record.created};
        directory.record.measured = directory.record.created;
        const auto read = answerFromJson<ScratchDirectory>(answerJson(directory));
        QVERIFY(read.has_value());
        QCOMPARE(answerJson(*read).dump(-1, ' ', true, Json::error_handler_t::replace),
                 answerJson(directory).dump(-1, ' ', true, Json::error_handler_t::replace));
        QCOMPARE(usablePath(*read), Path("/x/build-abc \xff/inner \xff"));
        QVERIFY(shownState(*read) == ScratchState::HalfRemoved);
    }

    void aStateThatIsNotKnownIsSaidToBeSo()
    {
        Json json = {{"directory", {{"id", "0123"}, {"path", "/x"}, {"state", "asleep"}}}};
        QVERIFY(answerFromJson<ScratchDirectory>(json)->state == ScratchState::Unknown);
        json["directory"]["state"] = "half-removed"; // no state of the stream: a flag says it
        QVERIFY(answerFromJson<ScratchDirectory>(json)->state == ScratchState::Unknown);
    }

    void aPreviewWithoutItsWordRemovesNothing()
    {
        Json json = {{"removable", true}, {"path", "/x"}, {"lock", "free"}, {"confirmation", "w"}};
        QVERIFY(answerFromJson<Preview>(json)->removable);
        json["confirmation"] = "";
        QVERIFY(!answerFromJson<Preview>(json)->removable);
        json.erase("lock");
        QVERIFY(answerFromJson<Preview>(json)->lock == DirectoryLock::Unknown);
    }
};

QTEST_APPLESS_MAIN(RequestsTest)
#include "tst_requests.moc"
