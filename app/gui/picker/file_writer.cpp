// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/file_writer.h"

#include "app/gui/kit/error_words.h"
#include "core/stream/json_fields.h"

#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <string>
#include <thread>

namespace scratchproof::gui {

namespace {

constexpr Nanoseconds kDeadline = 30 * kNanosecondsPerSecond; // without a byte taken, or without an end

struct Written
{
    FileWriter::Outcome outcome = FileWriter::Outcome::Failed;
    QString reason;
};

/// Hands all of `text` over, as fast as it is taken. False if the child stopped taking it.
bool feed(System& system, ChildProcess& child, std::string_view text)
{
    while (!text.empty()) {
        std::array<WatchedFd, 1> pipe = {WatchedFd{child.input.get(), false, true, false, false}};
        const auto ready = system.processes.waitFor(pipe, kDeadline);
        if (!ready || *ready == 0)
            return false;
        const auto written = system.files.write(child.input.get(), std::as_bytes(std::span(text)));
        if (!written)
            return false;
        text.remove_prefix(*written);
    }
    child.input.reset();
    return true;
}

/// What `save-file` says went wrong; nothing if it said nothing that can be read.
std::optional<Error> readError(System& system, ChildProcess& child)
{
    std::string text(8192, '\0');
    const auto got = system.files.read(child.output.get(), std::as_writable_bytes(std::span(text)));
    const auto json = got ? parseJson(std::string_view(text).substr(0, *got)) : Result<Json>(fail(got.error()));
    return json ? errorFromJson(*json) : std::nullopt;
}

Written write(System& system, const Path& program, const std::string& text, const Path& file, bool replace)
{
    std::vector<std::string> arguments{program, "save-file"};
    if (replace)
        arguments.emplace_back("--replace");
    arguments.insert(arguments.end(), {"--", file});
    auto child = system.processes.start(arguments);
    if (!child)
        return {FileWriter::Outcome::Failed, errorSentence(child.error())};
    const bool fed = feed(system, *child, text);
    child->input.reset();
    std::array<WatchedFd, 1> ended = {WatchedFd{child->pidFd.get(), true, false, false, false}};
    static_cast<void>(system.processes.waitFor(ended, kDeadline));
    const auto status = system.processes.reap(child->pidFd.get());
    if (!status || !*status) {
        constexpr int kKill = 9;
        static_cast<void>(system.processes.sendSignal(child->pidFd.get(), kKill));
        return {FileWriter::Outcome::Failed, FileWriter::tr("The folder does not answer.")};
    }
    if (fed && !(*status)->signalled && (*status)->value == 0)
        return {FileWriter::Outcome::Written, {}};
    const auto error = readError(system, *child);
    if (error && error->code == EEXIST)
        return {FileWriter::Outcome::Exists, {}};
    return {FileWriter::Outcome::Failed,
            error ? errorSentence(*error) : FileWriter::tr("The program that writes it has ended too early.")};
}

} // namespace

FileWriter* FileWriter::start(System& system, Path program, std::function<std::string()> content, Path file,
                              bool replace)
{
    auto* writer = new FileWriter;
    std::thread([&system, writer, program = std::move(program), content = std::move(content), file = std::move(file),
                 replace] {
        // Whole before any of it is handed over: the end of what is handed over is the end of the file.
        const Written written = write(system, program, content(), file, replace);
        QMetaObject::invokeMethod(
            writer,
            [writer, written] {
                emit writer->finished(written.outcome, written.reason);
                writer->deleteLater();
            },
            Qt::QueuedConnection);
    }).detach();
    return writer;
}

} // namespace scratchproof::gui
