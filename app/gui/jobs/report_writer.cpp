// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/jobs/report_writer.h"

#include "app/gui/jobs/rows_text.h"
#include "app/gui/widgets/words.h"
#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <thread>

namespace scratchproof::gui {

namespace {

constexpr int kExists = 17; // exit code of the script below
constexpr Nanoseconds kDeadline = 60 * kNanosecondsPerSecond;

struct Written
{
    ReportWriter::Outcome outcome = ReportWriter::Outcome::Failed;
    QString reason;
};

std::string scriptFor(const Path& file, bool replace)
{
    const std::string target = quoteForShell(std::string_view(file));
    if (!replace)
        return "if [ -e " + target + " ]; then exit 17; fi; set -C; cat > " + target;
    const std::string part = quoteForShell(std::string_view(file + ".scratchproof-part"));
    return "cat > " + part + " && mv -f -- " + part + " " + target + " || { rm -f -- " + part + "; exit 1; }";
}

bool feed(System& system, ChildProcess& child, std::string_view text)
{
    while (!text.empty()) {
        const auto written = system.files.write(child.input.get(), std::as_bytes(std::span(text.data(), text.size())));
        if (!written)
            return false;
        text.remove_prefix(*written);
    }
    child.input = UniqueFd();
    return true;
}

std::string readErrors(System& system, ChildProcess& child)
{
    std::array<std::byte, 512> buffer{};
    const auto got = system.files.read(child.errors.get(), buffer);
    if (!got)
        return {};
    std::string text(*got, '\0');
    std::transform(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got), text.begin(),
                   [](std::byte b) { return static_cast<char>(b); });
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

Written write(System& system, const std::string& text, const Path& file, bool replace)
{
    auto child = system.processes.start({"/bin/sh", "-c", scriptFor(file, replace)});
    if (!child)
        return {ReportWriter::Outcome::Failed, QString::fromStdString(toString(child.error()))};
    const bool fed = feed(system, *child, text);
    child->input = UniqueFd();
    std::array<WatchedFd, 1> ended = {WatchedFd{child->pidFd.get(), true, false, false, false}};
    (void)system.processes.waitFor(ended, kDeadline);
    const auto status = system.processes.reap(child->pidFd.get());
    if (!status || !*status) {
        constexpr int kKill = 9;
        (void)system.processes.sendSignal(child->pidFd.get(), kKill);
        return {ReportWriter::Outcome::Failed, ReportWriter::tr("The folder does not answer.")};
    }
    if (!(*status)->signalled && (*status)->value == 0 && fed)
        return {ReportWriter::Outcome::Written, {}};
    if (!(*status)->signalled && (*status)->value == kExists)
        return {ReportWriter::Outcome::Exists, {}};
    return {ReportWriter::Outcome::Failed, shown(readErrors(system, *child))};
}

} // namespace

ReportWriter* ReportWriter::start(System& system, std::vector<std::shared_ptr<const Check>> checks, Path file,
                                  bool replace)
{
    auto* writer = new ReportWriter;
    std::thread([&system, writer, checks = std::move(checks), file = std::move(file), replace] {
        constexpr int kIndent = 2;
        const std::string text =
            reportOf(system, checks).dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
        const Written written = write(system, text, file, replace);
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
