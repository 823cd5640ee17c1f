// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/local_time.h"
#include "core/base/unique_fd.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <utility>

using namespace scratchproof;

namespace {
bool isOpen(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}
} // namespace

class ClockAndErrorTest : public QObject
{
    Q_OBJECT
private slots:
    void timesAreWrittenInUtcWithMilliseconds()
    {
        QCOMPARE(toIso8601(0), std::string("1970-01-01T00:00:00.000Z"));
        QCOMPARE(toIso8601(1'795'428'000'123'999'999), std::string("2026-11-23T10:00:00.123Z"));
        QCOMPARE(toIso8601(951'782'400'000'000'000), std::string("2000-02-29T00:00:00.000Z"));
        QCOMPARE(toIso8601(-1), std::string("1969-12-31T23:59:59.999Z"));
    }

    void timesAreToldInTheTimeZoneOfTheReader()
    {
        const auto ours = qgetenv("TZ");
        qputenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
        QCOMPARE(toLocalTime(1'795'428'000'123'999'999), std::string("2026-11-23 11:00:00 CET"));
        QCOMPARE(toLocalTime(1'784'800'800'000'000'000), std::string("2026-07-23 12:00:00 CEST"));
        QCOMPARE(
            withLocalTimes("it ends at 2026-11-23T10:00:00.123Z, not 2026-11-23T10:00 or at 2026-07-23T10:00:00.000Z"),
            std::string("it ends at 2026-11-23 11:00:00 CET, not 2026-11-23T10:00 or at 2026-07-23 12:00:00 CEST"));
        QCOMPARE(withLocalTimes(""), std::string());
        qputenv("TZ", "UTC");
        QCOMPARE(toLocalTime(-1), std::string("1969-12-31 23:59:59 UTC"));
        ours.isNull() ? qunsetenv("TZ") : qputenv("TZ", ours);
    }

    void timesAreReadBack()
    {
        QCOMPARE(fromIso8601("1970-01-01T00:00:00Z").value(), Nanoseconds{0});
        QCOMPARE(fromIso8601("2026-11-23T10:00:00.123Z").value(), Nanoseconds{1'795'428'000'123'000'000});
        QCOMPARE(fromIso8601("2026-11-23T10:00:00.123456789Z").value(), Nanoseconds{1'795'428'000'123'456'789});
        QCOMPARE(fromIso8601("1969-12-31T23:59:59.999Z").value(), -kNanosecondsPerMillisecond);
    }

    void whatIsNoTimeIsRefused()
    {
        for (const char* text :
             {"", "Z", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23 10:00:00Z", "2026-13-01T00:00:00Z",
              "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:00+01:00",
              "2026-11-23T10:00:00Zx", " 2026-11-23T10:00:00Z", "-026-11-23T10:00:00Z", "2026-11-23T10:00:61Z"})
            QVERIFY2(!fromIso8601(text).has_value(), text);
    }

    void timesOutOfRangeAreRefusedAndNotWrapped()
    {
        // 64 bits of nanoseconds end in the year 2262.
        for (const char* text : {"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2262-01-01T00:00:00Z"})
            QVERIFY2(!fromIso8601(text).has_value(), text);
        QVERIFY(fromIso8601("2261-12-31T23:59:59.999999999Z").value() > 0);
        QVERIFY(fromIso8601("1678-01-01T00:00:00Z").value() < 0);
    }

    void aFractionOfMoreThanNineDigitsIsRefused()
    {
        QVERIFY(!fromIso8601("2026-11-23T10:00:00.1234567890Z").has_value());
    }

    void everyErrnoHasANameThatReadsBack()
    {
        for (int code = 1; code < 4096; ++code) {
            const std::string name = errnoName(code);
            QVERIFY2(!name.empty() && name.front() == 'E', name.c_str());
            QCOMPARE(errnoFromName(name).value_or(-1), code);
        }
        QCOMPARE(errnoName(EROFS), std::string("EROFS"));
        QCOMPARE(errnoName(0), std::string());
        QCOMPARE(errnoFromName("EWOULDBLOCK").value_or(-1), EAGAIN);
        QCOMPARE(errnoFromName("ENOTSUP").value_or(-1), EOPNOTSUPP);
    }

    void otherWordsAreNoErrno()
    {
        for (const char* name : {"", "E", "erofs", "EROFS ", "ENONSENSE", "E0", "E-5", "E99999", "30", "EROFS\n"})
            QVERIFY2(!errnoFromName(name).has_value(), name);
    }

    void anErrorIsShownWithCallPathAndName()
    {
        QCOMPARE(toString(Error{"openat", "/mnt/x\n", EROFS, ""}),
                 std::string("openat '/mnt/x\\n': Read-only file system (EROFS)"));
        QVERIFY(toString(Error{"parse-json", "", 0, "no JSON"}).find("no JSON") != std::string::npos);
    }

    void everyKindOfErrorHasANameThatLeadsBack()
    {
        for (int i = 1; i <= static_cast<int>(kLastErrorKind); ++i) {
            const auto kind = static_cast<ErrorKind>(i);
            const std::string name(toString(kind));
            QVERIFY(!name.empty());
            QCOMPARE(Error(kind, "/x").operation, name);
            QVERIFY(Error(name, "/x").kind == kind);
        }
        QVERIFY(Error("openat", "/x", EROFS).kind == ErrorKind::SystemCall);
        QVERIFY(Error("", "/x").kind == ErrorKind::SystemCall);
        QCOMPARE(Error("openat", "/x", EROFS).operation, std::string("openat"));
    }

    void aDescriptorIsClosedOnceByItsLastOwner()
    {
        const int number = open("/dev/null", O_RDONLY | O_CLOEXEC);
        {
            UniqueFd first(number);
            UniqueFd second = std::move(first);
            QVERIFY(!first);
            QCOMPARE(second.get(), number);
            first = std::move(second);
            QVERIFY(isOpen(number));
        }
        QVERIFY(!isOpen(number));
        UniqueFd given(open("/dev/null", O_RDONLY | O_CLOEXEC));
        const int kept = given.release();
        given.reset();
        QVERIFY(isOpen(kept));
        UniqueFd(kept).reset();
        QVERIFY(!isOpen(kept));
    }
};

SCRATCHPROOF_TEST_MAIN(ClockAndErrorTest, Nothing)
#include "tst_clock_and_error.moc"
