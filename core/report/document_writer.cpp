// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/document_writer.h"

#include "core/check/check_json.h"

#include <string>

namespace scratchproof {

namespace {

constexpr std::size_t kIndent = 2;

/// As a part of a document, `depth` levels down. A line break is never inside a text of JSON.
std::string dumped(const Json& json, std::size_t depth)
{
    const std::string text = json.dump(static_cast<int>(kIndent), ' ', false, Json::error_handler_t::replace);
    const std::string margin(depth * kIndent, ' ');
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    for (const char c : text) {
        out += c;
        if (c == '\n')
            out += margin;
    }
    return out;
}

std::string member(const std::string& name, const Json& value)
{
    return "  " + Json(name).dump() + ": " + dumped(value, 1);
}

} // namespace

void DocumentWriter::begin(const Json& head)
{
    std::string text = "{\n";
    for (const auto& [name, value] : head.items())
        text += member(name, value) + ",\n";
    m_put(text + "  \"checks\": [");
}

void DocumentWriter::add(const Check& check)
{
    m_put((m_hasChecks ? ",\n    " : "\n    ") + dumped(toJson(check), 2));
    m_hasChecks = true;
}

void DocumentWriter::end(const Json& tail)
{
    std::string text = m_hasChecks ? "\n  ]" : "]";
    for (const auto& [name, value] : tail.items())
        text += ",\n" + member(name, value);
    m_put(text + "\n}\n");
}

} // namespace scratchproof
