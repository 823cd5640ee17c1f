// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <cstdint>

namespace scratchproof {

/// What is said of a kind of error, in English; marked for translation in the context "errors". Without a capital and a
/// full stop, so that it can be a sentence or a part of one.
struct ErrorWords
{
    /// What becomes of Error::detail where only one sentence is shown.
    enum class Detail : std::uint8_t {
        IsMoreExact, // it is the sentence
        AsTheErrno,  // likewise; where there is none, what the errno means
        IsForLogs,   // it is left out
        HasAPlace,   // it goes to the place of %1 in `withDetail`
    };

    ErrorKind kind;
    const char* text;
    Detail detail = Detail::IsMoreExact;
    const char* withDetail = nullptr;
};

/// Nothing for kinds whose detail says it all, or that only programs are told of.
[[nodiscard]] const ErrorWords* wordsOf(ErrorKind kind);

} // namespace scratchproof
