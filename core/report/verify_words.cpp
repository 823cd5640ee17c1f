// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/verify_words.h"

#include "core/base/quantity.h"
#include "core/report/reader_text.h"
#include "core/verify/quick_capacity.h"

#include <fmt/format.h>

#include <algorithm>

namespace scratchproof {

namespace {

std::uint64_t badBytes(const CapacityResult& result)
{
    return result.tested - std::min(result.tested, result.bytes(RegionState::Good));
}

/// Real may be anything up to what it claims.
bool isRealUnknown(const CapacityResult& result)
{
    return result.realError > result.real / 2 && result.real + result.realError >= result.claimed - result.claimed / 20;
}

std::string counterfeitText(const CapacityResult& result, const ReaderText& say)
{
    const std::string claimed = say.bytes(result.claimed);
    const std::string real = say.bytes(result.real);
    // Where nothing is known of most of the drive, a number would say more than is known.
    if (isRealUnknown(result))
        return say(result.quick
                       ? QT_TRANSLATE_NOOP("report", "This drive is a counterfeit: it says that it holds %1, and loses "
                                                     "what is stored on it. How much of it is real, a full check "
                                                     "tells. Do not store anything on it.")
                       : QT_TRANSLATE_NOOP("report", "This drive is a counterfeit: it says that it holds %1, and loses "
                                                     "what is stored on it. Do not store anything on it."),
                   claimed);
    if (result.realError > result.real / 2)
        return say(QT_TRANSLATE_NOOP("report", "This drive is a counterfeit: it says that it holds %1, and loses what "
                                               "is stored on it; %2 at most are real. Do not store anything on it."),
                   claimed, say.bytes(std::min(result.claimed, result.real + result.realError)));
    return say(QT_TRANSLATE_NOOP("report",
                                 "This drive is a counterfeit: it says that it holds %1, and only about %2 of "
                                 "that are real. What is stored beyond is lost: do not store anything on it."),
               claimed, real);
}

/// "0.44 %", never "0.00 %".
std::string percentText(double share, const ReaderText& say)
{
    const double percent = share * 100;
    std::string number = percent < 0.01 ? std::string("0.01") : fmt::format("{:.{}f}", percent, percent < 1 ? 2 : 0);
    if (const auto point = number.find('.'); point != std::string::npos)
        number.replace(point, 1, say.text(kDecimalPoint));
    return percent < 0.01 ? say(QT_TRANSLATE_NOOP("report", "less than %1 %"), number)
                          : say(QT_TRANSLATE_NOOP("report", "%1 %"), number);
}

std::string quickNoSignText(const CapacityResult& result, const ReaderText& say)
{
    const std::string samples = std::to_string(result.quick->samples);
    const std::string reserved = say.bytes(result.quick->reserved);
    if (!result.isPastCache)
        return say(QT_TRANSLATE_NOOP("report", "No sign of a counterfeit: all %1 samples, spread over %2, came back "
                                               "right. They were read through a cache, "
                                               "which may have answered for the drive: only a full check says more."),
                   samples, reserved);
    return say(
        QT_TRANSLATE_NOOP(
            "report",
            "No sign of a counterfeit: all %1 samples, spread over %2, came back right. A drive with a cache that "
            "holds more than was written after them would still look like this: only a "
            "full check proves that a drive is genuine."),
        samples, reserved);
}

std::string noSignText(const CapacityResult& result, const ReaderText& say)
{
    if (result.quick)
        return quickNoSignText(result, say);
    const std::string tested = say.bytes(result.tested);
    if (!result.isPastCache)
        return say(QT_TRANSLATE_NOOP("report",
                                     "No sign of a counterfeit: all %1 that were written came back right. They "
                                     "were read through a cache, which may have answered for the drive, so "
                                     "this proves less than it could."),
                   tested);
    return say(QT_TRANSLATE_NOOP("report",
                                 "No sign of a counterfeit: all %1 that were written came back right. That is "
                                 "half of the drive at most (it says that it holds %2), so this proves less "
                                 "than it could."),
               tested, say.bytes(result.claimed));
}

bool hasTrait(const CapacityResult& result, StorageTrait trait)
{
    return std::find(result.storage.begin(), result.storage.end(), trait) != result.storage.end();
}

/// Room that is taken from elsewhere when it is written.
bool isRoomBorrowed(const CapacityResult& result)
{
    return hasTrait(result, StorageTrait::Thin) || hasTrait(result, StorageTrait::ImageWithHoles);
}

/// What it means for a check that found what it wrote.
const char* wordOf(StorageTrait trait, bool isQuick)
{
    switch (trait) {
    case StorageTrait::Compressed:
        return QT_TRANSLATE_NOOP(
            "report", "the file system compresses; what was written cannot be compressed, so that this hides nothing");
    case StorageTrait::MayReduce:
        return QT_TRANSLATE_NOOP("report", "the storage can compress, and store equal blocks once; what was written "
                                           "allows neither, so that this hides nothing");
    case StorageTrait::Thin:
        return isQuick ? QT_TRANSLATE_NOOP("report", "its room comes from a pool, and only when it is written: samples "
                                                     "do not tell whether the pool has all of it")
                       : QT_TRANSLATE_NOOP("report", "its room comes from a pool, and only when it is written: this "
                                                     "tells of what was tested, and others may take the rest");
    case StorageTrait::ImageWithHoles:
        return isQuick ? QT_TRANSLATE_NOOP("report", "the drive is a file with holes, which are filled only when they "
                                                     "are written: samples do not tell whether there is room for all")
                       : QT_TRANSLATE_NOOP("report", "the drive is a file with holes, which are filled only when they "
                                                     "are written: this tells of what was tested, not of the rest");
    case StorageTrait::Image:
        return QT_TRANSLATE_NOOP("report", "the drive is a file on another file system, whose cache may have answered");
    case StorageTrait::VirtualDisk:
        return QT_TRANSLATE_NOOP("report", "the drive is virtual: the computer that runs this one stores it, perhaps "
                                           "only as it is written, and may have answered from its memory");
    case StorageTrait::InMemory:
        return QT_TRANSLATE_NOOP("report", "the drive lies in this computer's memory: no medium was tested");
    case StorageTrait::Server:
        return QT_TRANSLATE_NOOP("report", "a server stores it, which can answer for bytes that it does not have");
    case StorageTrait::Host:
        return QT_TRANSLATE_NOOP("report",
                                 "the computer that runs this one stores it, and can answer for bytes that it "
                                 "does not have");
    case StorageTrait::Program:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "a program serves it, which can answer for bytes that it does not have");
}

std::string genuineText(const CapacityResult& result, const ReaderText& say)
{
    if (hasTrait(result, StorageTrait::InMemory))
        return say(QT_TRANSLATE_NOOP("report", "This drive is genuine: all %1 that were written came back right. It "
                                               "lies in this computer's memory, so this says nothing of a medium."),
                   say.bytes(result.tested));
    if (isRoomBorrowed(result))
        return say(QT_TRANSLATE_NOOP("report",
                                     "This drive is genuine: all %1 that were written came back right. Its room is "
                                     "taken from elsewhere as it is written, so this holds for what was tested, and "
                                     "for now."),
                   say.bytes(result.tested));
    if (hasTrait(result, StorageTrait::VirtualDisk))
        return say(QT_TRANSLATE_NOOP("report",
                                     "This drive is genuine: all %1 that were written came back right. It is a virtual "
                                     "one, so this says nothing of the medium that it is stored on."),
                   say.bytes(result.tested));
    return say(QT_TRANSLATE_NOOP("report", "This drive is genuine: all %1 that were written came back right."),
               say.bytes(result.tested));
}

} // namespace

const char* wordOf(CapacityVerdict verdict)
{
    switch (verdict) {
    case CapacityVerdict::Genuine:
        return QT_TRANSLATE_NOOP("report", "Genuine");
    case CapacityVerdict::NoSignOfCounterfeit:
        return QT_TRANSLATE_NOOP("report", "No sign of a counterfeit");
    case CapacityVerdict::Counterfeit:
        return QT_TRANSLATE_NOOP("report", "Counterfeit");
    case CapacityVerdict::Damaged:
        return QT_TRANSLATE_NOOP("report", "Damaged");
    case CapacityVerdict::Disconnected:
        return QT_TRANSLATE_NOOP("report", "Disconnected");
    case CapacityVerdict::NotFinished:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "Not finished");
}

const char* wordOf(CapacityPhase phase)
{
    switch (phase) {
    case CapacityPhase::Writing:
        return QT_TRANSLATE_NOOP("report", "writing");
    case CapacityPhase::Flushing:
        return QT_TRANSLATE_NOOP("report", "flushing");
    case CapacityPhase::Verifying:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "verifying");
}

const char* wordOf(RegionState state)
{
    switch (state) {
    case RegionState::Good:
        return QT_TRANSLATE_NOOP("report", "are good");
    case RegionState::Lost:
        return QT_TRANSLATE_NOOP("report", "were never stored");
    case RegionState::Aliased:
        return QT_TRANSLATE_NOOP("report", "hold what was written to another place");
    case RegionState::Changed:
        return QT_TRANSLATE_NOOP("report", "came back with other bits");
    case RegionState::Error:
        break;
    }
    return QT_TRANSLATE_NOOP("report", "could not be written or read");
}

std::string verdictOf(const CapacityResult& result, const Translate& translate)
{
    const ReaderText say(translate);
    switch (result.verdict) {
    case CapacityVerdict::Genuine:
        return genuineText(result, say);
    case CapacityVerdict::NoSignOfCounterfeit:
        return noSignText(result, say);
    case CapacityVerdict::Counterfeit:
        return counterfeitText(result, say);
    case CapacityVerdict::Damaged:
        if (badBytes(result) == 0)
            return say.text(QT_TRANSLATE_NOOP("report", "This drive is damaged: it gave errors, though all that was "
                                                        "written came back right in the end. Save what is on it."));
        return say(QT_TRANSLATE_NOOP("report",
                                     "This drive is damaged: %1 of the %2 that were written did not come back "
                                     "as they were. Save what is on it, and do not trust it any more."),
                   say.bytes(badBytes(result)), say.bytes(result.tested));
    case CapacityVerdict::Disconnected:
        return say.text(QT_TRANSLATE_NOOP("report",
                                          "The drive was disconnected, or stopped answering, before the check "
                                          "was finished. This says nothing about its size."));
    case CapacityVerdict::NotFinished:
        if (result.quick && result.quick->cannotReserve)
            return say.text(QT_TRANSLATE_NOOP(
                "report", "This file system cannot set room aside without writing to it, which a quick check needs. "
                          "This says nothing about the drive: use the full check, without --quick."));
        break;
    }
    return say.text(QT_TRANSLATE_NOOP(
        "report", "The check was not finished. What was seen until then says nothing about the drive."));
}

std::vector<std::string> groundsOf(const CapacityResult& result, const Translate& translate)
{
    const ReaderText say(translate);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < kRegionStates && result.tested > 0; ++i) {
        if (result.found[i] > 0)
            lines.push_back(say(QT_TRANSLATE_NOOP("report", "%1 of %2 %3"), say.bytes(result.found[i]),
                                say.bytes(result.tested), say.text(wordOf(static_cast<RegionState>(i)))));
    }
    if (result.quick && result.quick->samples > 0) {
        const QuickSampling& quick = *result.quick;
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "%1 of %2 samples are bad; %3 were written, %4 of it to push "
                                                        "the samples out of the drive's cache"),
                            std::to_string(quick.bad), std::to_string(quick.samples), say.bytes(quick.written),
                            say.bytes(quick.pushed)));
        if (result.verdict == CapacityVerdict::NoSignOfCounterfeit) {
            lines.push_back(say(QT_TRANSLATE_NOOP("report", "the chance that a drive passes which loses 1 % of what it "
                                                            "claims: %1; 5 %: %2"),
                                percentText(chanceOfMissing(quick.samples, 0.01), say),
                                percentText(chanceOfMissing(quick.samples, 0.05), say)));
            lines.push_back(say.text(QT_TRANSLATE_NOOP(
                "report",
                "one that stores it over other places instead is found where that hits what was written last")));
        }
    }
    const auto bad = std::find_if(result.regions.begin(), result.regions.end(),
                                  [](const Region& region) { return region.state != RegionState::Good; });
    if (bad != result.regions.end() && !result.quick)
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "the first bad place lies behind %1 of what was written"),
                            say.bytes(bad->offset)));
    if (result.verdict == CapacityVerdict::Counterfeit && !isRealUnknown(result))
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "the real size is %1, give or take %2"), say.bytes(result.real),
                            say.bytes(result.realError)));
    if (result.endedEarly)
        lines.push_back(say.text(QT_TRANSLATE_NOOP(
            "report", "the writing ended early, for early places did not hold what they were given")));
    if (result.error)
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "the first error of the drive: %1"), toString(*result.error)));
    for (const StorageTrait trait : result.storage) {
        if (trait != StorageTrait::Image || !hasTrait(result, StorageTrait::ImageWithHoles))
            lines.push_back(say.text(wordOf(trait, result.quick.has_value())));
    }
    if (!result.isPastCache && badBytes(result) > 0)
        lines.push_back(
            say.text(QT_TRANSLATE_NOOP("report", "it was read through a cache, or a program that serves the "
                                                 "folder, which may be at fault itself")));
    else if (!result.isPastCache)
        lines.push_back(say.text(QT_TRANSLATE_NOOP("report", "it was read through the cache")));
    if (result.writing > 0 && (!result.quick || result.quick->written > 0))
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "writing took %1, flushing %2, verifying %3"),
                            say.time(result.writing), say.time(result.flushing), say.time(result.verifying)));
    else if (result.verifying > 0)
        lines.push_back(say(QT_TRANSLATE_NOOP("report", "verifying took %1"), say.time(result.verifying)));
    return lines;
}

std::string lineOf(const CapacityStatus& status, const Translate& translate)
{
    const ReaderText say(translate);
    if (status.isRemoving)
        return say.text(QT_TRANSLATE_NOOP("report", "removing what was written"));
    std::string line = say(QT_TRANSLATE_NOOP("report", "%1 %2 of %3"), say.text(wordOf(status.run.phase)),
                           say.bytes(status.run.done), say.bytes(status.run.total));
    if (status.run.bad > 0)
        line += say(QT_TRANSLATE_NOOP("report", ", %1 bad"), say.bytes(status.run.bad));
    if (status.run.foundBadEarly)
        line += say.text(QT_TRANSLATE_NOOP("report", ", early places are lost already"));
    if (!status.left)
        return line;
    const std::string least = say.time(status.left->least);
    const std::string most = say.time(status.left->most);
    return line + (least == most ? say(QT_TRANSLATE_NOOP("report", ", about %1 left"), most)
                                 : say(QT_TRANSLATE_NOOP("report", ", %1 to %2 left"), least, most));
}

ExitCode exitCodeOf(CapacityVerdict verdict)
{
    switch (verdict) {
    case CapacityVerdict::Genuine:
    case CapacityVerdict::NoSignOfCounterfeit:
        return ExitCode::Success;
    case CapacityVerdict::Counterfeit:
    case CapacityVerdict::Damaged:
        return ExitCode::Unusable;
    case CapacityVerdict::Disconnected:
    case CapacityVerdict::NotFinished:
        break;
    }
    return ExitCode::NotFoundOut;
}

} // namespace scratchproof
