// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/volumes_command.h"

#include "app/cli/prober_session.h"
#include "core/base/quantity.h"
#include "core/facts/mount_table.h"

#include <fmt/format.h>

#include <ostream>

namespace scratchproof {

namespace {

constexpr Nanoseconds kDeadline = 3 * kNanosecondsPerSecond;

struct Volume
{
    Mount mount;
    std::optional<Result<Json>> space;
};

Json toJson(const Volume& volume)
{
    const Mount& mount = volume.mount;
    Json json = Json::object();
    putPath(json, "mount_point", mount.mountPoint);
    putPath(json, "source", mount.source);
    json["file_system"] = displayText(mount.fileSystem);
    json["kind"] = toString(mount.kind);
    json["read_only"] = mount.hasOption("ro") || mount.hasSuperOption("ro");
    json["responding"] = nullptr;
    if (!volume.space)
        return json;
    json["responding"] = volume.space->has_value() || volume.space->error().kind != ErrorKind::NotResponding;
    if (*volume.space)
        json.update(**volume.space);
    else
        json["error"] = toJson(volume.space->error());
    return json;
}

std::string roomInWords(const Volume& volume)
{
    if (!volume.space)
        return "not asked";
    if (!*volume.space)
        return volume.space->error().kind == ErrorKind::NotResponding ? "does not answer"
                                                                      : errnoText(volume.space->error().code);
    const auto total = getUnsigned(**volume.space, "total_bytes").value_or(0);
    if (total == 0)
        return "-";
    return fmt::format("{} free of {}", formatBytes(getUnsigned(**volume.space, "available_bytes").value_or(0)),
                       formatBytes(total));
}

} // namespace

CommandLine VolumesCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("volumes", "List drives, shares and memory places, with their room");
    command.detail(R"(
The mounts that somebody may want to save to, with kind, file system and free space. A mount that does not answer is
listed without its space.)");
    command.flag("--json", m_json, "Print one JSON document (scratchproof.volumes/1)");
    command.flag("--all", m_all, "Views into the system and images too");
    return command;
}

int VolumesCommand::run(Console& console)
{
    MountTable table;
    if (const auto read = table.refresh(); !read) {
        console.err << "scratchproof-cli: volumes: " << toString(read.error()) << '\n';
        return toInt(ExitCode::Fault);
    }
    std::vector<Volume> volumes;
    for (const auto& mount : table.mounts()) {
        // What another mount hides cannot be asked by its path.
        if ((m_all || isPlaceForPeople(mount)) && table.isReached(identityOf(mount)))
            volumes.push_back({mount, {}});
    }
    ProberSession session(console, kDeadline);
    std::vector<ProberSession::Question> questions;
    std::vector<Volume*> asked;
    for (auto& volume : volumes) {
        if (volume.mount.kind == MountKind::Automount)
            continue; // it would connect something that nobody asked for
        questions.push_back({volume.mount.mountPoint, {{"request", "space"}}});
        asked.push_back(&volume);
    }
    auto answers = session.askAll(questions);
    for (std::size_t i = 0; i < asked.size(); ++i)
        asked[i]->space = std::move(answers[i]);
    if (m_json) {
        Json document = Json::object();
        document["schema"] = "scratchproof.volumes/1";
        document["volumes"] = Json::array();
        for (const auto& volume : volumes)
            document["volumes"].push_back(toJson(volume));
        console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
        for (const auto& volume : volumes)
            console.out << fmt::format("{:<36} {:<10} {:<9} {:<28} {}\n", displayPath(volume.mount.mountPoint),
                                       displayText(volume.mount.fileSystem), toString(volume.mount.kind),
                                       roomInWords(volume), displayPath(volume.mount.source));
    }
    return session.exitCode(ExitCode::Success);
}

} // namespace scratchproof
