// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/verify_words.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/words.h"
#include "core/report/speed_words.h"
#include "core/report/verify_words.h"
#include "core/verify/quick_capacity.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace scratchproof::gui {

namespace {

/// What a slow and a usual stick write, in bytes a second: no promise, an order of magnitude.
constexpr double kSlowDrive = 10e6;
constexpr double kUsualDrive = 100e6;

const Translate& translateReport()
{
    return reportTranslate().report;
}

QString fromReport(const std::string& text)
{
    return QString::fromStdString(text);
}

QString withCapital(QString text)
{
    if (!text.isEmpty())
        text[0] = text.at(0).toUpper();
    return text;
}

QString timeFor(std::uint64_t bytes, double bytesPerSecond)
{
    const double seconds = static_cast<double>(bytes) / bytesPerSecond;
    constexpr double kFew = 10;
    return seconds < kFew ? inVerify(QT_TRANSLATE_NOOP("verify", "a few seconds"))
                          : shownDuration(static_cast<Nanoseconds>(seconds * kNanosecondsPerSecond));
}

VerifyHeadline headlineOf(const CapacityResult& result)
{
    VerifyHeadline headline;
    headline.title = inReport(wordOf(result.verdict));
    headline.sentence = fromReport(verdictOf(result, translateReport()));
    switch (result.verdict) {
    case CapacityVerdict::Genuine:
        headline.glyph = Glyph::Usable;
        headline.color = Verdict::Usable;
        break;
    case CapacityVerdict::NoSignOfCounterfeit:
        headline.glyph = Glyph::Usable;
        break;
    case CapacityVerdict::Counterfeit:
    case CapacityVerdict::Damaged:
        headline.glyph = Glyph::Unusable;
        headline.color = Verdict::Unusable;
        break;
    case CapacityVerdict::Disconnected:
        headline.glyph = Glyph::NotResponding;
        headline.color = Verdict::NotResponding;
        break;
    case CapacityVerdict::NotFinished:
        headline.glyph = Glyph::NotChecked;
        break;
    }
    return headline;
}

VerifyHeadline headlineOf(const SpeedResult& result)
{
    VerifyHeadline headline;
    const bool isWhole = !result.report.error && !result.report.isStopped;
    headline.glyph = isWhole ? Glyph::Usable : result.report.error ? Glyph::Unusable : Glyph::NotChecked;
    headline.color = isWhole ? Verdict::Usable : result.report.error ? Verdict::Unusable : Verdict::NotChecked;
    headline.title = isWhole ? inVerify(QT_TRANSLATE_NOOP("verify", "Measured")) : inReport("Not finished");
    double write = 0;
    double read = 0;
    for (const SpeedOfJob& job : result.report.jobs)
        if (!job.job.isRandom && job.time > 0)
            (job.job.isWrite ? write : read) = std::max(job.job.isWrite ? write : read, job.steadyBytesPerSecond());
    if (write > 0 && read > 0)
        headline.sentence = inVerify(QT_TRANSLATE_NOOP("verify", "It writes %1 and reads %2, one stretch at a time."))
                                .arg(shownRate(write), shownRate(read));
    else if (write > 0)
        headline.sentence = inVerify(QT_TRANSLATE_NOOP("verify", "It writes %1.")).arg(shownRate(write));
    return headline;
}

VerifyHeadline headlineOfError(const VerifyJob& job)
{
    VerifyHeadline headline;
    const Error& error = *job.error();
    if (job.wasStopped() || isCancelled(error)) {
        headline.glyph = Glyph::NotChecked;
        headline.title = inReport("Not finished");
        headline.sentence = inVerify(
            QT_TRANSLATE_NOOP("verify", "It was stopped. What was written is removed as soon as the drive answers."));
        return headline;
    }
    const bool isSilent = isNotResponding(error);
    headline.glyph = isSilent ? Glyph::NotResponding : Glyph::Limited;
    headline.color = isSilent ? Verdict::NotResponding : Verdict::Limited;
    headline.title = inVerify(QT_TRANSLATE_NOOP("verify", "Could not be verified"));
    headline.sentence = errorSentence(error);
    return headline;
}

void addNotRemoved(QStringList& lines, const std::string& why, const Path& directory)
{
    if (!why.empty())
        lines << inVerify(QT_TRANSLATE_NOOP("verify", "what was written could not be removed from %1: %2"))
                     .arg(shownPath(directory), QString::fromStdString(displayText(why)));
}

} // namespace

QString inVerify(const char* text)
{
    return QCoreApplication::translate("verify", text);
}

QString titleOf(VerifyKind kind)
{
    switch (kind) {
    case VerifyKind::Quick:
        return inVerify(QT_TRANSLATE_NOOP("verify", "Quick check of the capacity"));
    case VerifyKind::Full:
        return inVerify(QT_TRANSLATE_NOOP("verify", "Full check of the capacity"));
    case VerifyKind::Speed:
        return inVerify(QT_TRANSLATE_NOOP("verify", "Measure the speed"));
    case VerifyKind::Again:
        break;
    }
    return inVerify(QT_TRANSLATE_NOOP("verify", "Verify kept files again"));
}

QString explanationOf(VerifyKind kind)
{
    switch (kind) {
    case VerifyKind::Quick:
        return inVerify(QT_TRANSLATE_NOOP("verify", "Samples all over the free space, in minutes. Finds most "
                                                    "counterfeits, and never proves that a drive is genuine."));
    case VerifyKind::Full:
        return inVerify(QT_TRANSLATE_NOOP("verify", "Fills the free space and reads all of it back. Takes as long as "
                                                    "the drive needs for that, and proves it."));
    case VerifyKind::Speed:
        return inVerify(QT_TRANSLATE_NOOP("verify", "Writing and reading, one stretch and random places, past the "
                                                    "caches of this computer. Takes a minute."));
    case VerifyKind::Again:
        break;
    }
    return inVerify(QT_TRANSLATE_NOOP("verify", "Reads what an earlier full check kept, also one on another computer. "
                                                "Writes nothing."));
}

QString roomOf(std::uint64_t total, std::uint64_t available)
{
    return inVerify(QT_TRANSLATE_NOOP("verify", "%1 of %2 are free")).arg(shownBytes(available), shownBytes(total));
}

QString expectationOf(const VerifyWish& wish, std::uint64_t total, std::uint64_t available)
{
    if (wish.kind == VerifyKind::Full) {
        const std::uint64_t bytes = wish.size == 0 ? available : std::min(wish.size, available);
        return inVerify(QT_TRANSLATE_NOOP("verify", "It writes %1 and reads them back: %2 on a drive that takes "
                                                    "100 MB a second, %3 on one that takes 10."))
            .arg(shownBytes(bytes), timeFor(2 * bytes, kUsualDrive), timeFor(2 * bytes, kSlowDrive));
    }
    if (wish.kind == VerifyKind::Quick) {
        const std::uint64_t push = wish.push == 0 ? defaultPush(total, quickUnit(available)) : wish.push;
        return inVerify(QT_TRANSLATE_NOOP("verify", "It writes some %1: %2 on a drive that takes 100 MB a second, %3 "
                                                    "on one that takes 10."))
            .arg(shownBytes(push), timeFor(push, kUsualDrive), timeFor(push, kSlowDrive));
    }
    return {};
}

QString riskOf(VerifyKind kind)
{
    if (writesAllOver(kind))
        return inVerify(QT_TRANSLATE_NOOP("verify", "If the drive lies about its size, writing to it may destroy what "
                                                    "is stored on it. Copy what you need to another drive first."));
    return {};
}

QString partName(const std::string& id)
{
    for (const CapacityPhase phase : {CapacityPhase::Writing, CapacityPhase::Flushing, CapacityPhase::Verifying})
        if (id == toString(phase))
            return inReport(wordOf(phase));
    return fromReport(nameOfSpeedJob(id, translateReport()));
}

QString shownRate(double bytesPerSecond)
{
    return inReport(QT_TRANSLATE_NOOP("report", "%1/s"))
        .arg(shownBytes(static_cast<std::uint64_t>(std::llround(std::max(0.0, bytesPerSecond)))));
}

QString lineOf(const VerifyJob& job)
{
    if (job.isStopping())
        return inVerify(QT_TRANSLATE_NOOP("verify", "Stopping: what was written is being removed"));
    if (job.capacityStatus())
        return withCapital(fromReport(lineOf(*job.capacityStatus(), translateReport())));
    if (job.speedProgress())
        return withCapital(fromReport(lineOf(*job.speedProgress(), translateReport())));
    return inVerify(QT_TRANSLATE_NOOP("verify", "The drive is looked at"));
}

VerifyHeadline headlineOf(const VerifyJob& job)
{
    if (job.capacity())
        return headlineOf(*job.capacity());
    if (job.speed())
        return headlineOf(*job.speed());
    return headlineOfError(job);
}

QStringList groundsOf(const VerifyJob& job)
{
    QStringList lines;
    if (job.capacity()) {
        const CapacityResult& result = *job.capacity();
        for (const std::string& line : groundsOf(result, translateReport()))
            lines << fromReport(line);
        if (!result.kept.empty() && !result.isAgain)
            lines << inVerify(QT_TRANSLATE_NOOP("verify", "the files were kept in %1")).arg(shownPath(result.kept));
        if (!result.notKept.empty())
            lines << inVerify(QT_TRANSLATE_NOOP("verify", "the files were not kept: %1"))
                         .arg(QString::fromStdString(displayText(result.notKept)));
        addNotRemoved(lines, result.notRemoved, result.directory);
    } else if (job.speed()) {
        for (const std::string& line : limitsOf(*job.speed(), translateReport()))
            lines << fromReport(line);
        addNotRemoved(lines, job.speed()->notRemoved, job.speed()->directory);
    }
    return lines;
}

QString reportOf(const VerifyJob& job)
{
    const VerifyHeadline headline = headlineOf(job);
    QStringList lines{inVerify(QT_TRANSLATE_NOOP("verify", "Scratchproof: %1, %2"))
                          .arg(titleOf(job.wish().kind), shownPath(job.wish().folder)),
                      headline.title + QStringLiteral(". ") + headline.sentence};
    if (job.speed())
        for (const auto& [name, figures] : figuresOf(*job.speed(), translateReport()))
            lines << QStringLiteral("  %1: %2").arg(fromReport(name), fromReport(figures));
    for (const QString& line : groundsOf(job))
        lines << QStringLiteral("  ") + line;
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

std::string documentOf(const VerifyJob& job)
{
    if (!job.capacity() && !job.speed())
        return {};
    const Json members = job.capacity() ? toJson(*job.capacity()) : toJson(*job.speed());
    return verifyDocument(members).dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace scratchproof::gui
