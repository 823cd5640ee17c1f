// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe_journal.h"

#include "core/probe/journal_folder.h"

#include <utility>

namespace scratchproof {

ProbeJournal::ProbeJournal(System& system, std::shared_ptr<JournalFolder> folder, std::unique_ptr<SideThread> side)
    : m_maker(currentMaker(system)), m_makerText(m_maker.text()), m_folder(std::move(folder)), m_side(std::move(side))
{}

ProbeJournal::ProbeJournal(ProbeJournal&&) noexcept = default;

ProbeJournal::~ProbeJournal()
{
    if (!m_folder)
        return;
    // The last one to hold it removes the slot.
    auto folder = std::make_shared<std::shared_ptr<JournalFolder>>(std::move(m_folder));
    if (m_side)
        static_cast<void>(m_side->run([folder] { return folder->reset(), true; }, kPatience));
}

ProbeJournal ProbeJournal::disabled(System& system)
{
    return {system, nullptr, nullptr};
}

ProbeJournal ProbeJournal::open(System& system)
{
    auto side = std::make_unique<SideThread>();
    auto folder = side->run([&system] { return JournalFolder::open(system); }, kPatience);
    ProbeJournal journal(system, folder.value_or(nullptr), std::move(side));
    journal.m_isSilent = !folder.has_value();
    return journal;
}

ProbeJournal ProbeJournal::openIn(System& system, const Path& folder)
{
    return {system, JournalFolder::openIn(system, folder), nullptr};
}

bool ProbeJournal::isEnabled() const
{
    return m_folder && !m_isSilent && m_folder->isEnabled();
}

/// What `call` says of the folder; as if there were none where it does not answer.
template <typename Call>
auto ProbeJournal::touch(Call call)
{
    using Answer = std::invoke_result_t<Call, JournalFolder&>;
    if (!m_folder)
        return Answer();
    if (!m_side)
        return call(*m_folder);
    auto answer = m_side->run([folder = m_folder, call = std::move(call)] { return call(*folder); }, kPatience);
    m_isSilent = !answer;
    return answer ? std::move(*answer) : Answer();
}

void ProbeJournal::note(std::string_view folder, std::span<const std::string_view> names)
{
    touch([folder = Path(folder), kept = std::vector<std::string>(names.begin(), names.end())](JournalFolder& journal) {
        const std::vector<std::string_view> views(kept.begin(), kept.end());
        journal.note(folder, views);
        return true;
    });
}

void ProbeJournal::clear()
{
    touch([](JournalFolder& journal) { return journal.clear(), true; });
}

void ProbeJournal::keep(const Path& folder, const std::vector<std::string>& names)
{
    touch([folder, names](JournalFolder& journal) { return journal.keep(folder, names), true; });
}

std::vector<StuckProcess> ProbeJournal::enter(const std::string& place)
{
    return touch([place](JournalFolder& journal) { return journal.enter(place); });
}

std::vector<std::string> ProbeJournal::leftIn(const Path& folder)
{
    return touch([folder](JournalFolder& journal) { return journal.leftIn(folder); });
}

void ProbeJournal::forget(const Path& folder)
{
    touch([folder](JournalFolder& journal) { return journal.forget(folder), true; });
}

} // namespace scratchproof
