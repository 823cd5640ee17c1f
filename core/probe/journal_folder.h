// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/unique_fd.h"
#include "core/probe/journal_slot.h"
#include "core/probe/probe_name.h"
#include "core/system/system.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace scratchproof {

/// The journal as it lies on disk: what ProbeJournal (its thread) does. May block as long as the folder does. Not
/// thread safe.
class JournalFolder
{
public:
    /// In the folder that the environment names; one that is not enabled where there is none.
    [[nodiscard]] static std::shared_ptr<JournalFolder> open(System& system);
    /// The same in a given folder, which is made (0700) if it is not there.
    [[nodiscard]] static std::shared_ptr<JournalFolder> openIn(System& system, const Path& folder);

    JournalFolder(System& system, UniqueFd folder);
    JournalFolder(const JournalFolder&) = delete;
    JournalFolder& operator=(const JournalFolder&) = delete;
    /// Removes this prober's slot.
    ~JournalFolder();

    [[nodiscard]] bool isEnabled() const { return static_cast<bool>(m_folder); }

    // As ProbeJournal has them.
    void note(std::string_view folder, std::span<const std::string_view> names);
    void clear();
    void keep(const Path& folder, const std::vector<std::string>& names);

    [[nodiscard]] std::vector<StuckProcess> enter(const std::string& place);
    [[nodiscard]] std::vector<std::string> leftIn(const Path& folder);
    void forget(const Path& folder);

private:
    struct Watched // a slot of another prober that lives
    {
        std::string file;
        UniqueFd process;
    };

    struct Slot
    {
        JournalSlot slot;
        Nanoseconds modified = 0;
    };

    void refresh();
    [[nodiscard]] std::optional<Slot> readSlot(const std::string& file);
    [[nodiscard]] bool wasGivenUp(int pid);
    void readAllSlots();
    void takeIn(const std::string& file, const JournalSlot& slot, Nanoseconds modified);
    [[nodiscard]] bool isDead(const std::string& file, const ProcessIdentity& process);
    [[nodiscard]] bool mayBeOfAClone(Nanoseconds slotModified);
    [[nodiscard]] bool makeSlot();

    System& m_system;
    UniqueFd m_folder;
    UniqueFd m_slot;
    Maker m_maker;
    std::string m_makerText;
    std::string m_slotName;
    std::string m_place;            // as it is in our slot
    std::int64_t m_lastChange = -1; // of the journal's folder, when its slots were read
    std::vector<Watched> m_watched;
    bool m_someAreUnwatched = false; // probers that may live and cannot be watched: their slots are read each time
    /// What dead probers have left, by folder: the slot's file and its names.
    std::unordered_map<Path, std::map<std::string, std::vector<std::string>>> m_left;
};

} // namespace scratchproof
