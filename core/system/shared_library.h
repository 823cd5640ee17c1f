// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <memory>

namespace scratchproof {

/// A library that is loaded when it is needed, for what few runs need and all would pay for at their start. Unloaded
/// with its last copy.
class SharedLibrary
{
public:
    /// By its soname ("libsystemd.so.0"). Error "dlopen" with what the loader says.
    [[nodiscard]] static Result<SharedLibrary> load(const char* soname);

    /// A function by its name, of the type that the library's own header declares; nullptr where there is none.
    template <typename Function>
    [[nodiscard]] Function* function(const char* name) const
    {
        return reinterpret_cast<Function*>(find(name));
    }

private:
    explicit SharedLibrary(std::shared_ptr<void> handle);
    [[nodiscard]] void* find(const char* name) const;

    std::shared_ptr<void> m_handle;
};

} // namespace scratchproof
