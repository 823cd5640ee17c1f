// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/stream/json_fields.h"

#include <functional>
#include <string_view>

namespace scratchproof {

/// Writes a scratchproof.report/1 (docs/report-schema.md) check by check, so that it takes the memory of one check
/// however many there are. begin() once, add() for each check in the order they were given, end() once; what was
/// written before end() is cut off, and no JSON.
class DocumentWriter
{
public:
    /// Takes a part of the document, in order. Whether it could be written is the taker's to know.
    using Put = std::function<void(std::string_view part)>;
    explicit DocumentWriter(Put put) : m_put(std::move(put)) {}

    /// The members before `checks`: `schema`, `program`, `host`, `user`, `started`.
    void begin(const Json& head);
    void add(const Check& check);
    /// The members behind `checks`: `finished`, `exit_code`.
    void end(const Json& tail);

private:
    Put m_put;
    bool m_hasChecks = false;
};

} // namespace scratchproof
