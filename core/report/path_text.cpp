// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/path_text.h"

#include "core/diagnosis/words.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace scratchproof {

namespace {

const Mount* mountOf(const Facts& facts, std::uint64_t id)
{
    const auto found = std::find_if(facts.mountsOnPath.begin(), facts.mountsOnPath.end(),
                                    [id](const Mount& mount) { return mount.id == id; });
    if (found != facts.mountsOnPath.end())
        return &*found;
    return facts.mount && facts.mount->id == id ? &*facts.mount : nullptr;
}

void addWalked(const Check& check, std::vector<PathPlace>& places)
{
    std::optional<std::uint64_t> before;
    for (const PathComponent& component : check.facts.path) {
        PathPlace place;
        place.path = component.path;
        place.component = &component;
        std::optional<std::uint64_t> here = component.mountId;
        if (!here && component.status)
            here = component.status->mountId;
        if (here && before && *here != *before) {
            place.beginsMount = true;
            place.mount = mountOf(check.facts, *here);
        }
        before = here ? here : before;
        places.push_back(std::move(place));
    }
}

void addUnwalked(const Check& check, std::vector<PathPlace>& places)
{
    if (check.folder.empty() || check.folder.front() != '/')
        return; // below the home of another computer, which only that one knows
    const Path whole = absolutePath(check.folder, "/");
    if (places.empty()) {
        places.emplace_back();
        places.back().path = "/";
    }
    std::size_t at = places.back().path == "/" ? 0 : places.back().path.size();
    if (whole.compare(0, at, places.back().path, 0, at) != 0)
        return;
    while (at < whole.size()) {
        const std::size_t end = whole.find('/', at + 1);
        at = end == Path::npos ? whole.size() : end;
        if (const Path prefix = whole.substr(0, at); prefix != "/") {
            places.emplace_back();
            places.back().path = prefix;
        }
    }
}

/// A path among the arguments of the first finding.
std::optional<Path> argumentOf(const Check& check, const char* name)
{
    if (check.findings.empty())
        return std::nullopt;
    const auto& arguments = check.findings.front().arguments;
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->second.text.empty() || found->second.text.front() != '/')
        return std::nullopt;
    return found->second.text;
}

/// A full, read-only, damaged or dead file system is one as a whole. All else stops at the folder: what is refused for
/// lack of rights, by a mark or by a limit, and what does not come back, since one folder that hangs is no dead mount.
bool isAboutTheMount(const Check& check)
{
    static constexpr int kOfFileSystem[] = {EROFS,     ENOSPC,     EDQUOT,       EIO,          ENODEV,   ENXIO,
                                            ENOMEDIUM, EUCLEAN,    EBADMSG,      ESTALE,       ENOTCONN, EHOSTDOWN,
                                            ETIMEDOUT, ECONNRESET, ECONNABORTED, EHOSTUNREACH, EREMOTEIO};
    const auto begun = std::find_if(check.steps.begin(), check.steps.end(), [](const StepResult& step) {
        return step.status == StepStatus::Failed || step.status == StepStatus::TimedOut;
    });
    if (begun == check.steps.end()) // it was silent before the first step
        return check.verdict == Verdict::NotResponding;
    return begun->status == StepStatus::Failed &&
           std::find(std::begin(kOfFileSystem), std::end(kOfFileSystem), begun->errorCode) != std::end(kOfFileSystem);
}

/// What was given is a file.
bool isOfFile(const Facts& facts)
{
    return facts.file && facts.file->isRegular;
}

/// And the cause is its folder's.
bool isOfFolderAroundIt(const Check& check)
{
    return isOfFile(check.facts) && !check.findings.empty() && !isAboutFile(check.findings.front());
}

} // namespace

std::vector<PathPlace> placesOf(const Check& check)
{
    std::vector<PathPlace> places;
    addWalked(check, places);
    addUnwalked(check, places);
    if (const std::optional<Path> stop = stoppingPlace(check)) {
        const Path wanted = absolutePath(*stop, "/");
        const auto found = std::find_if(places.begin(), places.end(),
                                        [&wanted](const PathPlace& place) { return place.path == wanted; });
        // Through a link the mount has another path than the component that leads into it.
        const auto mounted = std::find_if(places.begin(), places.end(), [&wanted](const PathPlace& place) {
            return place.beginsMount && place.mount != nullptr && place.mount->mountPoint == wanted;
        });
        if (found != places.end())
            found->stops = true;
        else if (mounted != places.end())
            mounted->stops = true;
        else if (!places.empty())
            places.back().stops = true;
    }
    return places;
}

std::optional<Path> stoppingPlace(const Check& check)
{
    // With a file that was given, the one of the two that is refused stops, and the other one does not.
    const bool isHalf = check.verdict == Verdict::Limited && isOfFile(check.facts) && !check.findings.empty() &&
                        check.findings.front().severity == Severity::Blocking;
    if (check.verdict == Verdict::Usable || check.verdict == Verdict::NotChecked ||
        (check.verdict == Verdict::Limited && !isHalf))
        return std::nullopt;
    if (auto place = argumentOf(check, "component"))
        return place;
    if (auto place = argumentOf(check, "parent"))
        return place;
    for (const PathComponent& component : check.facts.path)
        if (!component.status || component.searchable == false)
            return component.path;
    if (isAboutTheMount(check))
        if (auto place = argumentOf(check, "mount"))
            return place;
    return isOfFolderAroundIt(check) ? parentPath(absolutePath(check.folder, "/")) : check.folder;
}

std::string displayPlace(const Check& check)
{
    if (!check.host)
        return displayPath(check.folder);
    return displayText(check.as.value_or(*check.host)) + ":" + displayPath(check.folder);
}

std::string modeLetters(const FileStatus& status)
{
    constexpr std::string_view kTypes = "?-dlpscb"; // in FileType's order
    static_assert(kTypes.size() == static_cast<std::size_t>(FileType::BlockDevice) + 1);
    constexpr std::string_view kLetters = "rwxrwxrwx";
    std::string text(1, kTypes[static_cast<std::size_t>(status.type)]);
    for (std::size_t i = 0; i < kLetters.size(); ++i)
        text += (status.mode >> (kLetters.size() - 1 - i) & 1U) != 0 ? kLetters[i] : '-';
    const auto mark = [&](unsigned bit, std::size_t at, char with, char without) {
        if ((status.mode & bit) != 0)
            text[at] = text[at] == 'x' ? with : without;
    };
    mark(04000U, 3, 's', 'S');
    mark(02000U, 6, 's', 'S');
    mark(01000U, 9, 't', 'T');
    return text;
}

} // namespace scratchproof
