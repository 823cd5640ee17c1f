// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/shared_library.h"

#include <dlfcn.h>

#include <utility>

namespace scratchproof {

SharedLibrary::SharedLibrary(std::shared_ptr<void> handle) : m_handle(std::move(handle)) {}

Result<SharedLibrary> SharedLibrary::load(const char* soname)
{
    void* handle = ::dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* why = ::dlerror();
        return fail("dlopen", soname, 0, why != nullptr ? why : "");
    }
    return SharedLibrary(std::shared_ptr<void>(handle, [](void* opened) { ::dlclose(opened); }));
}

void* SharedLibrary::find(const char* name) const
{
    return ::dlsym(m_handle.get(), name);
}

} // namespace scratchproof
