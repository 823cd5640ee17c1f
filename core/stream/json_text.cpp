// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_text.h"

#include "core/stream/path_members.h"

#include <algorithm>

namespace scratchproof {

bool isPlainInJson(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

void JsonText::separate()
{
    if (!m_text.empty() && m_text.back() != '{' && m_text.back() != '[' && m_text.back() != ':')
        m_text += ',';
}

void JsonText::put(std::string_view written)
{
    separate();
    m_text += written;
}

void JsonText::open(char bracket)
{
    separate();
    m_text += bracket;
}

void JsonText::close(char bracket)
{
    m_text += bracket;
}

void JsonText::key(std::string_view name)
{
    value(name);
    m_text += ':';
}

void JsonText::value(std::string_view text)
{
    if (!isPlainInJson(text))
        return value(Json(text));
    separate();
    m_text.append(1, '"').append(text).append(1, '"');
}

void JsonText::value(bool truth)
{
    put(truth ? "true" : "false");
}

void JsonText::path(std::string_view name, const Path& bytes)
{
    putPathMembers(name, bytes, [this](std::string_view key, const std::string& text) { member(key, text); });
}

void JsonText::paths(std::string_view name, const std::vector<Path>& list)
{
    key(name);
    beginArray();
    for (const Path& bytes : list)
        entry("path", bytes);
    endArray();
}

void JsonText::entry(std::string_view name, const Path& bytes)
{
    if (isUtf8(bytes))
        return value(bytes);
    beginObject();
    path(name, bytes);
    endObject();
}

} // namespace scratchproof
