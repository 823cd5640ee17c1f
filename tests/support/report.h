// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/stream/json_fields.h"

#include <string>
#include <vector>

namespace scratchproof::test {

/// Reads what `check --json` prints; what is not there is "". Header only, for tests that link core/stream.
class Report
{
public:
    explicit Report(const std::string& output) : m_json(parseJson(output).value_or(Json())) {}

    [[nodiscard]] bool isValid() const { return getString(m_json, "schema") == "scratchproof.report/1"; }
    [[nodiscard]] const Json& json() const { return m_json; }
    [[nodiscard]] std::size_t size() const
    {
        const Json* checks = getArray(m_json, "checks");
        return checks == nullptr ? 0 : checks->size();
    }
    [[nodiscard]] const Json& check(std::size_t index) const
    {
        static const Json kNone;
        return index < size() ? (*getArray(m_json, "checks"))[index] : kNone;
    }
    [[nodiscard]] std::string verdict(std::size_t index = 0) const { return text(check(index), "verdict"); }
    [[nodiscard]] Path folder(std::size_t index = 0) const { return getPath(check(index), "folder").value_or(""); }
    /// Without what tells of the machine that the suite keeps busy, and not of the folder.
    [[nodiscard]] std::string firstFinding(std::size_t index = 0) const
    {
        const Json* findings = getArray(check(index), "findings");
        if (findings == nullptr)
            return {};
        for (const auto& finding : *findings) {
            if (std::string id = text(finding, "id"); id != "journal-not-responding")
                return id;
        }
        return {};
    }
    /// "passed", "failed EROFS", "skipped"; "" for a step that is not there.
    [[nodiscard]] std::string step(const std::string& name, std::size_t index = 0) const
    {
        const Json* steps = getArray(check(index), "steps");
        if (steps == nullptr)
            return {};
        for (const auto& entry : *steps) {
            if (text(entry, "step") == name) {
                const std::string code = text(entry, "errno");
                return text(entry, "status") + (code.empty() ? "" : " " + code);
            }
        }
        return {};
    }
    /// The first step that neither passed nor was skipped, "create-file failed EROFS"; "" if there is none.
    [[nodiscard]] std::string problem(std::size_t index = 0) const
    {
        const Json* steps = getArray(check(index), "steps");
        if (steps == nullptr)
            return {};
        for (const auto& entry : *steps) {
            const std::string name = text(entry, "step");
            const std::string status = step(name, index);
            if (status != "passed" && status != "skipped")
                return name + " " + status;
        }
        return {};
    }

private:
    static std::string text(const Json& object, const std::string& key) { return getString(object, key).value_or(""); }

    Json m_json;
};

} // namespace scratchproof::test
