// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/unique_fd.h"
#include "core/probe/journal_slot.h"
#include "core/probe/probe_name.h"
#include "core/system/system.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace scratchproof {

/// Notes what a probe is about to make, so that what a killed prober left is found again without listing its folder.
///
/// One small file (a slot) a prober, in $XDG_RUNTIME_DIR/scratchproof/journal if that directory is ours and 0700, else
/// in the XDG state directory, else nowhere: never in /tmp, where others could plant one. A slot of a dead maker stays
/// until its folder is checked again. Losing the journal loses nothing but this short cut: the look through a folder
/// finds the rest.
///
/// Not thread safe; one for each prober.
class ProbeJournal
{
public:
    /// Notes nothing and knows of nothing.
    static ProbeJournal disabled(System& system);
    /// Opens the journal in the folder that the environment names; disabled() where there is none. May block if that
    /// folder does.
    static ProbeJournal open(System& system);
    /// The same in a given folder, which is made (0700) if it is not there.
    static ProbeJournal openIn(System& system, const Path& folder);

    ProbeJournal(ProbeJournal&&) noexcept;
    ProbeJournal& operator=(ProbeJournal&&) = delete;
    ProbeJournal(const ProbeJournal&) = delete;
    ProbeJournal& operator=(const ProbeJournal&) = delete;
    /// Removes this prober's slot.
    ~ProbeJournal();

    [[nodiscard]] const Maker& maker() const { return m_maker; }
    [[nodiscard]] std::string_view makerText() const { return m_makerText; }
    [[nodiscard]] bool isEnabled() const { return static_cast<bool>(m_folder); }

    /// Before anything is made: these names may appear in `folder`. One write.
    void note(std::string_view folder, std::span<const std::string_view> names);
    /// Nothing is under way any more. One write; not needed before the next note(), which takes the place of the last,
    /// and a note of names that are gone harms nobody: they are looked for, and not found.
    void clear();
    /// These names could not be removed: remembered beyond this prober's life.
    void keep(const Path& folder, const std::vector<std::string>& names);

    /// Names that dead probers may have left in `folder`. Looks for slots that are new and makers that died since the
    /// last call (a statx, and a poll if other probers live).
    [[nodiscard]] std::vector<std::string> leftIn(const Path& folder);
    /// Those names are gone: drops what was remembered about them.
    void forget(const Path& folder);

private:
    ProbeJournal(System& system, UniqueFd folder);

    struct Watched // a slot of another prober that lives
    {
        std::string file;
        UniqueFd process;
    };

    void refresh();
    void readAllSlots();
    void takeIn(const std::string& file, const JournalSlot& slot);
    [[nodiscard]] bool makeSlot();

    System& m_system;
    UniqueFd m_folder;
    UniqueFd m_slot;
    Maker m_maker;
    std::string m_makerText;
    std::string m_slotName;
    std::int64_t m_lastChange = -1; // of the journal's folder, when its slots were read
    std::vector<Watched> m_watched;
    /// What dead probers have left, by folder: the slot's file and its names.
    std::unordered_map<Path, std::map<std::string, std::vector<std::string>>> m_left;
};

} // namespace scratchproof
