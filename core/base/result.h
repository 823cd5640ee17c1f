// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace scratchproof {

/// What crosses every boundary of core: a value, or the structured Error that says which operation failed on what.
/// An absent thing is an optional or an enum inside T, not an Error.
template <typename T>
using Result = tl::expected<T, Error>;

/// Shorthand for `return fail("openat", path, errno);`.
[[nodiscard]] inline tl::unexpected<Error> fail(std::string operation, std::string path, int code,
                                                std::string detail = {})
{
    return tl::unexpected<Error>(Error{std::move(operation), std::move(path), code, std::move(detail)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string path = {}, int code = 0,
                                                std::string detail = {})
{
    return tl::unexpected<Error>(Error{kind, std::move(path), code, std::move(detail)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

} // namespace scratchproof
