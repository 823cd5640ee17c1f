// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a path and as what a user types: what is shown is UTF-8 without control characters, and base64 comes
// back.
#include "core/base/clock.h"
#include "core/base/quantity.h"
#include "core/base/text.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace scratchproof;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string shown = displayPath(bytes);
    bool clean = isUtf8(shown);
    for (const char c : shown)
        clean = clean && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    if (!clean || fromBase64(toBase64(bytes)) != bytes)
        std::abort();
    static_cast<void>(quoteForShell(bytes));
    static_cast<void>(fromBase64(bytes));
    static_cast<void>(absolutePath(bytes, "/base"));
    static_cast<void>(parentPath(bytes));
    static_cast<void>(parseSize(bytes));
    static_cast<void>(fromIso8601(bytes));
    if (const auto lifetime = parseLifetime(bytes); lifetime && *lifetime) {
        const auto again = parseLifetime(formatLifetime(*lifetime));
        if (**lifetime >= kNanosecondsPerMillisecond && **lifetime % kNanosecondsPerMillisecond == 0 &&
            (!again || *again != *lifetime))
            std::abort();
    }
    return 0;
}
