// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/probe_name.h"
#include "core/system/system.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// Where abilities are tried. For core/probe alone.
namespace scratchproof {

/// Names that Windows keeps for devices; they are tried as they are.
constexpr std::array<std::string_view, 6> kReservedNames{"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"};

/// Whether a name can be one that was tried in the directory of a full check: it begins with a probe name (in either
/// case, since a file system may change that), or is one of kReservedNames.
[[nodiscard]] bool isTrialName(std::string_view name);

/// The private directory of one full check. Whatever is tried is made in it, under a name that isTrialName() knows, so
/// that a later check can empty what a killed one left.
class AbilityPlace
{
public:
    /// `directory`: open for reading, ours alone; stays the caller's.
    AbilityPlace(System& system, int directory, std::string_view makerText)
        : m_system(system), m_directory(directory), m_makerText(makerText)
    {}

    [[nodiscard]] int fd() const { return m_directory; }
    /// An unguessable probe name; names that are tried begin with one.
    [[nodiscard]] std::string newName();
    /// Removes the name, if it is there. What cannot be removed now is left to removeRest().
    void remove(const std::string& name);
    /// Whether a listing shows the very name, byte by byte.
    [[nodiscard]] Result<bool> lists(std::string_view name);
    /// Whether trying names here can hit nothing that was there before.
    [[nodiscard]] Result<bool> holdsNoTrialName();
    /// Whatever the listing shows that a trial may have made under another name than it asked for, and what could not
    /// be removed before. Not recursive, follows nothing.
    void removeRest();

private:
    [[nodiscard]] Result<std::vector<std::string>> list();

    System& m_system;
    int m_directory;
    std::string m_makerText;
};

/// A name in the place, removed at the end of the scope.
class TrialName
{
public:
    explicit TrialName(AbilityPlace& place) : TrialName(place, place.newName()) {}
    TrialName(AbilityPlace& place, std::string name) : m_place(place), m_name(std::move(name)) {}
    ~TrialName() { m_place.remove(m_name); }
    TrialName(const TrialName&) = delete;
    TrialName& operator=(const TrialName&) = delete;

    [[nodiscard]] const std::string& text() const { return m_name; }
    [[nodiscard]] const char* c() const { return m_name.c_str(); }

private:
    AbilityPlace& m_place;
    std::string m_name;
};

/// A new, empty file in the place: created exclusively, mode 0600. Closed, then removed at the end of the scope (in
/// this order: NFS and FUSE keep an open file under yet another name).
class TrialFile
{
public:
    TrialFile(System& system, AbilityPlace& place);
    TrialFile(System& system, AbilityPlace& place, std::string name);

    /// The error of its creation, if there was one.
    [[nodiscard]] const Result<UniqueFd>& opened() const { return m_fd; }
    [[nodiscard]] int fd() const { return m_fd->get(); }
    [[nodiscard]] const char* name() const { return m_name.c(); }
    void close() { m_fd->reset(); }
    /// Now, and not only at the end.
    void remove()
    {
        close();
        m_place.remove(m_name.text());
    }

private:
    AbilityPlace& m_place;
    TrialName m_name; // removed after the descriptor is closed
    Result<UniqueFd> m_fd;
};

} // namespace scratchproof
