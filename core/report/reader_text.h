// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/quantity.h"
#include "core/base/translatable.h"
#include "core/diagnosis/words.h"
#include "core/report/report_words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace scratchproof {

/// Puts texts, amounts and rates into the reader's language. Holds a reference to `translate`.
class ReaderText
{
public:
    explicit ReaderText(const Translate& translate) : m_translate(translate) {}

    [[nodiscard]] std::string text(const char* english) const { return translated(m_translate, english); }
    [[nodiscard]] std::string bytes(std::uint64_t count) const { return formatBytes(count, text(kDecimalPoint)); }
    [[nodiscard]] std::string rate(double bytesPerSecond) const
    {
        return (*this)(QT_TRANSLATE_NOOP("report", "%1/s"),
                       bytes(static_cast<std::uint64_t>(std::llround(std::max(0.0, bytesPerSecond)))));
    }
    [[nodiscard]] std::string time(Nanoseconds duration) const { return formatDuration(duration, text(kDecimalPoint)); }
    /// With %1, %2, ... filled in.
    template <typename... Values>
    [[nodiscard]] std::string operator()(const char* english, const Values&... values) const
    {
        return filled(text(english), {std::string_view(values)...});
    }

private:
    const Translate& m_translate;
};

} // namespace scratchproof
