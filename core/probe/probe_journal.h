// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/side_thread.h"
#include "core/probe/journal_slot.h"
#include "core/probe/probe_name.h"
#include "core/system/system.h"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

class JournalFolder;

/// Notes what a probe is about to make, so that what a killed prober left is found again without listing its folder.
///
/// One small file (a slot) a prober, in $XDG_RUNTIME_DIR/scratchproof/journal if that directory is ours and 0700, else
/// in the XDG state directory, else nowhere: never in /tmp, where others could plant one. A slot of a dead maker stays
/// until its folder is checked again. A slot also says on which mount its prober is, so that a later run knows of those
/// that got stuck in an earlier one. Losing the journal loses nothing but this short cut: the look through a folder
/// finds the rest.
///
/// That folder may lie in a home that does not answer, which says nothing about the folder that is checked: open() has
/// a thread touch it, waits a moment for each call, and goes on without.
///
/// Not thread safe; one for each prober.
class ProbeJournal
{
public:
    /// Notes nothing and knows of nothing.
    static ProbeJournal disabled(System& system);
    /// Opens the journal in the folder that the environment names; disabled() where there is none. No call of it takes
    /// longer than kPatience.
    static ProbeJournal open(System& system);
    /// The same in a given folder, which is made (0700) if it is not there, and by the calling thread: blocks as long
    /// as that folder does.
    static ProbeJournal openIn(System& system, const Path& folder);

    static constexpr std::chrono::milliseconds kPatience{300};

    ProbeJournal(ProbeJournal&&) noexcept;
    ProbeJournal& operator=(ProbeJournal&&) = delete;
    ProbeJournal(const ProbeJournal&) = delete;
    ProbeJournal& operator=(const ProbeJournal&) = delete;
    /// Removes this prober's slot.
    ~ProbeJournal();

    [[nodiscard]] const Maker& maker() const { return m_maker; }
    [[nodiscard]] std::string_view makerText() const { return m_makerText; }
    [[nodiscard]] bool isEnabled() const;
    /// Whether a call did not come back in time: something may be left behind that was not noted.
    [[nodiscard]] bool isSilent() const { return m_isSilent; }

    /// Before anything is made: these names may appear in `folder`. One write.
    void note(std::string_view folder, std::span<const std::string_view> names);
    /// Nothing is under way any more. One write; not needed before the next note(), which takes the place of the last,
    /// and a note of names that are gone harms nobody: they are looked for, and not found.
    void clear();
    /// These names could not be removed: remembered beyond this prober's life.
    void keep(const Path& folder, const std::vector<std::string>& names);

    /// This prober is about to touch `place`, whatever that is called: probers of one user call one place the same.
    /// Returns those that are in it and were given up, whoever started them; one that is just ending may be among them.
    [[nodiscard]] std::vector<StuckProcess> enter(const std::string& place);

    /// Names that dead probers may have left in `folder`. Looks for slots that are new and makers that died since the
    /// last call (a statx, and a poll if other probers live).
    [[nodiscard]] std::vector<std::string> leftIn(const Path& folder);
    /// Those names are gone: drops what was remembered about them.
    void forget(const Path& folder);

private:
    ProbeJournal(System& system, std::shared_ptr<JournalFolder> folder, std::unique_ptr<SideThread> side);
    template <typename Call>
    auto touch(Call call);

    Maker m_maker;
    std::string m_makerText;
    std::shared_ptr<JournalFolder> m_folder; // shared with what may still be under way; nothing where it is disabled
    std::unique_ptr<SideThread> m_side;      // nothing: the calling thread does it all
    bool m_isSilent = false;
};

} // namespace scratchproof
