// SPDX-License-Identifier: GPL-3.0-or-later
// A check as somebody else wrote it (a report, another user's or another computer's side): it is read or refused, what
// was read is written and read again unchanged, and its words and commands are shown without doing anything to the
// terminal.
#include "core/check/check_json.h"
#include "core/diagnosis/words.h"
#include "shown_check.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace scratchproof;
    const auto json = parseJson({reinterpret_cast<const char*>(data), size});
    if (!json)
        return 0;
    const auto check = checkFromJson(*json);
    if (!check)
        return 0;
    const std::string written = toLine(toJson(*check));
    const auto parsed = parseJson(written);
    const auto again = parsed ? checkFromJson(*parsed) : Result<Check>(fail(parsed.error()));
    if (!again || toLine(toJson(*again)) != written)
        std::abort();
    for (const Finding& finding : check->findings) {
        const RenderedFinding words = render(finding);
        if (!isUtf8(words.title) || !isUtf8(words.explanation))
            std::abort();
        for (const auto& fix : words.fixes) {
            // A word with a NUL would be cut off where the command is run.
            if (std::any_of(fix.command.begin(), fix.command.end(),
                            [](const std::string& word) { return word.find('\0') != std::string::npos; }))
                std::abort();
            static_cast<void>(quoteForShell(fix.command));
        }
    }
    fuzz::show(*check);
    return 0;
}
