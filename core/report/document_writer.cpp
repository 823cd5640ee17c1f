// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/document_writer.h"

#include "core/check/check_json.h"

#include <string>

namespace scratchproof {

namespace {

constexpr std::size_t kIndent = 2;

/// A line of JSON as a part of a document, `depth` levels down.
std::string indented(std::string_view line, std::size_t depth)
{
    std::string out;
    out.reserve(line.size() * 2);
    const auto breakLine = [&] { out.append(1, '\n').append(depth * kIndent, ' '); };
    bool isInText = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (isInText) {
            out += c;
            if (c == '\\')
                out += line[++i];
            isInText = c != '"';
            continue;
        }
        isInText = c == '"';
        const bool opens = c == '{' || c == '[';
        const bool closes = c == '}' || c == ']';
        const bool isEmpty = closes && (line[i - 1] == '{' || line[i - 1] == '[');
        if (closes && !isEmpty) {
            --depth;
            breakLine();
        }
        out += c;
        if (opens && line[i + 1] != '}' && line[i + 1] != ']') {
            ++depth;
            breakLine();
        }
        if (c == ',')
            breakLine();
        if (c == ':')
            out += ' ';
    }
    return out;
}

std::string member(const std::string& name, const Json& value)
{
    return "  " + Json(name).dump() + ": " + indented(toLine(value), 1);
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
    JsonText json;
    writeJson(json, check);
    m_put((m_hasChecks ? ",\n    " : "\n    ") + indented(json.text(), 2));
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
