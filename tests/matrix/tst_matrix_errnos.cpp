// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "tests/matrix/matrix_bench.h"
#include "tests/matrix/matrix_calls.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Which calls go wrong.
enum class Mode {
    First,     // the call of the step
    Refused,   // the same: it is done, and refused all the same
    Second,    // the one after it, which is brought about by a first that is cut short or to be tried again
    Both,      // the two in a row
    FromNowOn, // all
};

constexpr std::pair<Mode, const char*> kModes[] = {{Mode::First, "the first call"},
                                                   {Mode::Refused, "the first call, after its effect"},
                                                   {Mode::Second, "the second call"},
                                                   {Mode::Both, "the first and the second call"},
                                                   {Mode::FromNowOn, "every call"}};

bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What makes a step call a second time; nothing where it does so for no reason.
const char* effectThatAsksForMore(std::string_view operation)
{
    if (operation == "write" || operation == "read")
        return "short 4096";
    if (operation == "create" || operation == "mkdir")
        return "fail 17";                               // EEXIST: another name
    return operation == "rename" ? "fail 22" : nullptr; // EINVAL: without its flag
}

struct Case
{
    const MatrixCall& call;
    std::size_t nth;
    Mode mode;
    int code;

    [[nodiscard]] bool isOf(std::initializer_list<std::string_view> operations) const
    {
        return isOneOf(call.operation, operations);
    }
    [[nodiscard]] bool makesSense() const
    {
        if (mode == Mode::Second)
            return effectThatAsksForMore(call.operation) != nullptr;
        if (mode == Mode::Both) // the second is the kernel's own, or cleans up
            return isOf({"read", "unlink", "rmdir", "rename"}) || code == ESTALE;
        // What never stops to be interrupted is asked again for ever: see the hangs.
        return mode != Mode::FromNowOn || code != EINTR;
    }
};

/// What a step that is to fail blames; nothing: the step passes all the same.
struct Blame
{
    std::string call;
    int code;
};

/// path_resolution: the kernel asks once more, with fresh names, where a server says ESTALE. Where the first one did
/// it, the second finds it done.
std::optional<Blame> afterStale(const Case& one)
{
    if (one.mode == Mode::Both || one.mode == Mode::FromNowOn)
        return Blame{one.call.call, ESTALE};
    if (one.mode == Mode::Refused && one.isOf({"unlink", "rmdir", "rename"}))
        return Blame{one.call.call, ENOENT};
    return std::nullopt;
}

std::optional<Blame> expected(const Case& one)
{
    const std::string call = one.call.call;
    if (one.code == EINTR && one.isOf({"create", "open", "opendir", "read", "write", "fsync", "flush"}))
        return std::nullopt; // asked again; close(2) is not, and has closed
    if (one.code == ESTALE && one.isOf({"create", "open", "opendir", "unlink", "rmdir", "mkdir", "rename"}))
        return afterStale(one);
    if (one.code == EEXIST && one.isOf({"create", "mkdir"}) && one.mode != Mode::FromNowOn)
        return std::nullopt; // another name is tried
    // The page cache asks ahead, and again where that failed.
    if (one.isOf({"read"}) && one.mode != Mode::Both && one.mode != Mode::FromNowOn)
        return std::nullopt;
    if (one.isOf({"rename"})) {
        if (one.code == EEXIST && (one.mode == Mode::First || one.mode == Mode::Both))
            return std::nullopt; // another new name is tried
        const bool triedPlainly = one.mode == Mode::Second || one.code == EINVAL;
        if (one.code == EINVAL && one.mode == Mode::First)
            return std::nullopt; // renamed plainly
        if (one.code == EINVAL && one.mode == Mode::Refused)
            return Blame{"renameat", ENOENT}; // it had been renamed
        return Blame{triedPlainly ? "renameat" : call, one.code};
    }
    return Blame{call, one.code};
}

/// Whether a finding other than "unknown" has to be the first: the catalogue has a cause, and it is one that a FUSE
/// folder can have.
bool mustBeExplained(Step step, int code)
{
    switch (code) {
    case EAGAIN:    // an SMB server's
    case EINVAL:    // of gvfs, and of folders without fsync
    case EOVERFLOW: // of a mount that translates user numbers
    case EBUSY:     // of a mount point, or a file that is open on a server
    case ETXTBSY:   // of a file that runs
    case EXDEV:     // of two folders
    case ELOOP:     // of links, or of an automount, where one was seen
    case EIO:       // a server's or drive's, where one is known
    case EREMOTEIO: // likewise
        return code == EINVAL && step == Step::Sync;
    default:
        return isInCatalogue(step, code);
    }
}

} // namespace

/// Every call of every step, with every errno: through a real file system, a real prober and its host.
class MatrixErrnosTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;
    std::unique_ptr<OrdinaryProber> m_prober;
    std::unique_ptr<MatrixBench> m_bench;
    std::map<int, std::size_t> m_descriptors; // of the prober, when it had nothing to do
    std::size_t m_ownDescriptors = 0;
    std::size_t m_seen = 0;
    std::size_t m_tried = 0;
    std::size_t m_survived = 0;
    std::size_t m_healed = 0;

    enum class Left { Nothing, Named, Unseen };
    /// What is left, if anything may be, has been named, unless the file system denies that it is there; and the next
    /// check of the healed folder removes it.
    void folderIsAsItWas(const Check& check, Left allowed, const std::string& what)
    {
        const auto left = namesIn(m_bench->backing());
        m_bench->fault().release();
        if (!left.empty()) {
            QVERIFY2(allowed != Left::Nothing, ("left " + left.front() + ": " + what).c_str());
            const bool isNamed = left.size() == 1 && namesLeftover(check, joinPath(m_bench->folder(), left.front()));
            QVERIFY2(isNamed || allowed == Left::Unseen, ("what was left is not named: " + what).c_str());
            const auto next = m_bench->check();
            QVERIFY2(next.verdict == Verdict::Usable, (summary(next) + ": after " + what).c_str());
            ++m_healed;
        }
        QVERIFY2(namesIn(m_bench->backing()).empty(), ("not removed by the next check: " + what).c_str());
        QVERIFY2(m_bench->proberDescriptors() == m_descriptors, ("other descriptors or probers: " + what).c_str());
        QVERIFY2(openDescriptors() == m_ownDescriptors, ("other descriptors of ours: " + what).c_str());
    }

    void arm(const Case& one)
    {
        auto& fault = m_bench->fault();
        const std::string operation = one.call.operation;
        const std::string first = std::to_string(one.nth);
        const std::string second = std::to_string(one.nth + 1);
        const std::string fail = "fail " + std::to_string(one.code);
        if (one.mode == Mode::Refused)
            fault.on(operation, first, "refuse " + std::to_string(one.code));
        if (one.mode == Mode::First || one.mode == Mode::Both)
            fault.on(operation, first, fail);
        if (one.mode == Mode::Second)
            fault.on(operation, first, effectThatAsksForMore(operation));
        if (one.mode == Mode::Second || one.mode == Mode::Both)
            fault.on(operation, second, fail);
        if (one.mode == Mode::FromNowOn)
            fault.on(operation, first + "+", fail);
    }

    void tryCase(const Case& one, const std::string& what)
    {
        ++m_tried;
        arm(one);
        const auto check = m_bench->check();
        const std::string words = what + ": " + summary(check);
        QVERIFY2(m_bench->fault().hits() > 0, ("nothing went wrong: " + words).c_str());
        const auto problems = problemsOf(check);
        const auto blame = expected(one);
        if (!blame) {
            QVERIFY2(problems.empty() && check.verdict == Verdict::Usable, words.c_str());
        } else {
            QVERIFY2(!problems.empty() && problems.front().status == StepStatus::Failed, words.c_str());
            QVERIFY2(problems.front().step == one.call.step, ("another step is blamed: " + words).c_str());
            QVERIFY2(problems.front().errorCode == blame->code, ("another errno: " + words).c_str());
            QVERIFY2(problems.front().call == blame->call, ("another call: " + problems.front().call + words).c_str());
            const bool isLimit = one.call.operation == std::string_view("fsync") && one.code == EINVAL;
            QVERIFY2(check.verdict == (isLimit ? Verdict::Limited : Verdict::Unusable), words.c_str());
            QVERIFY2(!check.findings.empty(), words.c_str());
            QVERIFY2(!mustBeExplained(one.call.step, blame->code) || check.findings.front().id != "unknown",
                     ("no cause: " + words).c_str());
        }
        const bool mayLeave = one.isOf({"unlink", "rmdir"}) && one.mode != Mode::First;
        folderIsAsItWas(check, mayLeave ? Left::Named : Left::Nothing, words);
        m_survived += QTest::currentTestFailed() ? 0U : 1U;
    }

    /// Number of calls of an operation in a check of a healthy folder.
    std::size_t callsOf(const std::string& operation)
    {
        m_bench->fault().forget();
        static_cast<void>(m_bench->check());
        return m_bench->fault().count(operation);
    }

    /// What the kernel remembers of a file grows old, so that a slow check asks more often and the nth look is one of
    /// an earlier step than usual; and a quick one may ask less often. Such a check is made anew.
    Check checkWithFailingLook(const std::string& operation, const std::string& when, int code, int lastStep)
    {
        for (int attempt = 1;; ++attempt) {
            m_bench->fault().on(operation, when, "fail " + std::to_string(code));
            auto check = m_bench->check();
            const auto problems = problemsOf(check);
            const bool isInTurn = problems.empty() || static_cast<int>(problems.front().step) >= lastStep;
            if ((isInTurn && m_bench->fault().hits() > 0) || attempt == 5)
                return check;
            m_bench->fault().release();
            static_cast<void>(m_bench->check()); // which removes what that one left
        }
    }

private slots:
    void cleanup() { m_bench->fault().release(); }
    void initTestCase()
    {
        m_base = std::make_unique<TemporaryFolder>();
        m_prober = std::make_unique<OrdinaryProber>(SCRATCHPROOF_CLI);
        m_bench = std::make_unique<MatrixBench>(*m_base / "fault", m_prober->program(), 20 * kNanosecondsPerSecond);
        const auto healthy = m_bench->check();
        QVERIFY2(healthy.verdict == Verdict::Usable, summary(healthy).c_str());
        m_descriptors = m_bench->proberDescriptors();
        m_ownDescriptors = openDescriptors();
        QCOMPARE(m_descriptors.size(), std::size_t{1});
    }
    void cleanupTestCase()
    {
        m_bench.reset();
        QVERIFY(eventually(everyChildHasEnded));
        qInfo("matrix: errnos: %zu cases tried, %zu survived (%zu leftovers named, and removed by the next check)",
              m_tried, m_survived, m_healed);
    }

    void everyErrnoOfEveryCall_data()
    {
        QTest::addColumn<int>("row");
        int row = 0;
        for (const auto& call : matrixCalls())
            QTest::addRow("%s, %s %zu: %s", std::string(toString(call.step)).c_str(), call.operation, call.nth,
                          call.page)
                << row++;
    }
    void everyErrnoOfEveryCall()
    {
        QFETCH(int, row);
        const MatrixCall& call = matrixCalls()[static_cast<std::size_t>(row)];
        const std::size_t nth = call.nth != 0 ? call.nth : callsOf(call.operation);
        for (const auto& [mode, words] : kModes) {
            for (const int code : errnosOf(call.errnos)) {
                const Case one{call, nth, mode, code};
                if (!one.makesSense() || !isTried(m_seen))
                    continue;
                tryCase(one, errnoName(code) + " from " + words);
                if (QTest::currentTestFailed())
                    return m_bench->fault().release();
            }
        }
    }

    /// The kernel looks at names and folders before, within and after each call; and so do the facts.
    void everyErrnoOfEveryLook_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::addColumn<bool>("always");
        for (const char* operation : {"getattr", "statfs", "opendir", "readdir"}) {
            QTest::addRow("%s, once", operation) << QByteArray(operation) << false;
            QTest::addRow("%s, from then on", operation) << QByteArray(operation) << true;
        }
    }
    void everyErrnoOfEveryLook()
    {
        QFETCH(QByteArray, operation);
        QFETCH(bool, always);
        const std::string name = operation.toStdString();
        const std::size_t calls = callsOf(name);
        QVERIFY(calls > 0);
        for (const int code : errnosOf(statErrnos())) {
            int lastStep = -1;
            for (std::size_t nth = 1; nth <= calls; ++nth) {
                if (!isTried(m_seen))
                    continue;
                ++m_tried;
                const std::string what = errnoName(code) + " from " + name + " " + std::to_string(nth);
                const std::string when = std::to_string(nth) + (always ? "+" : "");
                const auto check = checkWithFailingLook(name, when, code, lastStep);
                const std::string words = what + ": " + summary(check);
                QVERIFY2(m_bench->fault().hits() > 0, ("nothing went wrong: " + words).c_str());
                const auto problems = problemsOf(check);
                if (problems.empty()) {
                    // At the end the path was said to lead to nothing.
                    const bool isGone = (code == ENOENT || code == ENOTDIR) && !check.findings.empty() &&
                                        check.findings.front().id == "folder-deleted-underneath";
                    QVERIFY2(isGone == (check.verdict == Verdict::Unusable), words.c_str());
                    QVERIFY2(isGone || check.verdict == Verdict::Usable || check.verdict == Verdict::Limited,
                             words.c_str());
                } else {
                    QVERIFY2(check.verdict == Verdict::Unusable || check.verdict == Verdict::Limited, words.c_str());
                    // ENOENT may be the right answer to one look, and make the next call find something in its way.
                    const bool isOther = problems.front().errorCode != code && code != ENOENT;
                    QVERIFY2(!isOther, ("another errno: " + words).c_str());
                    QVERIFY2(!check.findings.empty(), words.c_str());
                    QVERIFY2(!mustBeExplained(problems.front().step, code) || check.findings.front().id != "unknown",
                             ("no cause: " + words).c_str());
                    // A later look never makes an earlier step fail.
                    QVERIFY2(static_cast<int>(problems.front().step) >= lastStep, ("out of order: " + words).c_str());
                    lastStep = static_cast<int>(problems.front().step);
                }
                // A call that was answered with an error may have made a name that then cannot be looked for.
                const bool isUnseen =
                    code == ENOENT || (!problems.empty() && (problems.front().step == Step::CreateFile ||
                                                             problems.front().call == "mkdirat"));
                folderIsAsItWas(check, !always ? Left::Nothing : isUnseen ? Left::Unseen : Left::Named, words);
                if (QTest::currentTestFailed())
                    return m_bench->fault().release();
                ++m_survived;
            }
        }
    }

    /// After ENOSYS the kernel does not ask again, so each has a file system of its own. Of open and opendir it is
    /// left out: the kernel then reads without one, which no program that needs its opens (as this one) can serve.
    void whatIsNotImplemented_data()
    {
        QTest::addColumn<int>("row");
        int row = 0;
        for (const auto& call : matrixCalls()) {
            if (!isOneOf(call.operation, {"open", "opendir"}))
                QTest::addRow("%s in %s", call.operation, std::string(toString(call.step)).c_str()) << row;
            ++row;
        }
    }
    void whatIsNotImplemented()
    {
        QFETCH(int, row);
        const MatrixCall& call = matrixCalls()[static_cast<std::size_t>(row)];
        const std::string operation = call.operation;
        const TemporaryFolder base;
        MatrixBench bench(base / "fault", m_prober->program(), 20 * kNanosecondsPerSecond);
        ++m_tried;
        const std::string when =
            std::to_string(std::max<std::size_t>(call.nth, 1)) + (operation == "rename" ? "" : "+");
        bench.fault().on(operation, when, "fail " + std::to_string(ENOSYS));
        const auto check = bench.check();
        const auto words = summary(check);
        QVERIFY2(bench.fault().hits() > 0, words.c_str());
        // The kernel takes these for done, and a rename with flags for one that is renamed plainly.
        if (isOneOf(operation, {"fsync", "flush", "rename"})) {
            QVERIFY2(problemsOf(check).empty() && check.verdict == Verdict::Usable, words.c_str());
        } else {
            QVERIFY2(check.verdict == Verdict::Unusable && problemsOf(check).front().step == call.step, words.c_str());
            QVERIFY2(problemsOf(check).front().errorCode == ENOSYS, words.c_str());
        }
        for (const auto& name : namesIn(bench.backing()))
            QVERIFY2(namesLeftover(check, joinPath(bench.folder(), name)), words.c_str());
        bench.fault().restart();
        const auto next = bench.check();
        QVERIFY2(next.verdict == Verdict::Usable && namesIn(bench.backing()).empty(), summary(next).c_str());
        ++m_survived;
    }

    void aScratchDirectoryThatWasMadeAndRefusedIsNotLeft()
    {
        const TemporaryFolder base;
        MatrixBench bench(base / "fault", m_prober->program(), 20 * kNanosecondsPerSecond);
        QCOMPARE(chmod(bench.fault().backing().c_str(), 0755), 0); // else anybody could rename what is in it
        const auto page = std::find_if(matrixCalls().begin(), matrixCalls().end(), [](const MatrixCall& call) {
            return call.operation == std::string_view("mkdir");
        });
        for (const int code : errnosOf(page->errnos)) {
            ++m_tried;
            bench.fault().on("mkdir", "2", "refuse " + std::to_string(code)); // the first is the probe's
            CreateRequest wish;
            wish.name = "job";
            wish.folder = bench.folder();
            wish.lifetime = 3600 * kNanosecondsPerSecond;
            const auto answer = bench.collector().answer(bench.host().ask(request::ScratchCreate{wish}));
            QVERIFY(answer.has_value());
            const std::string words = errnoName(code) + ": " + (*answer ? "made" : toString(answer->error()));
            const auto names = namesIn(bench.backing());
            QVERIFY2(bench.fault().hits() > 0, words.c_str());
            // A taken name is made anew; the kernel answers so when it asks again.
            if (code == EEXIST || code == ESTALE) {
                QVERIFY2(answer->has_value() && names.size() == 1, words.c_str());
                removeAll(joinPath(bench.backing(), names.front()));
            } else {
                QVERIFY2(!answer->has_value() && answer->error().code == code, words.c_str());
                QVERIFY2(names.empty(), words.c_str());
            }
            bench.fault().release();
            ++m_survived;
        }
    }
};

SCRATCHPROOF_TEST_MAIN(MatrixErrnosTest, PrivateMounts)
#include "tst_matrix_errnos.moc"
