// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace scratchproof {

/// The names of an enum's values, in the order of the enum, whose last value is `last`: a name too few or too many does
/// not compile.
template <auto last>
class EnumNames
{
public:
    using Value = decltype(last);

    template <std::size_t count>
    consteval explicit EnumNames(const std::string_view (&names)[count]) : m_names(std::to_array(names))
    {
        static_assert(count == static_cast<std::size_t>(last) + 1, "the enum has another number of values");
    }

    /// "" for what is no value of the enum.
    [[nodiscard]] constexpr std::string_view nameOf(Value value) const
    {
        const auto index = static_cast<std::size_t>(value);
        return index < m_names.size() ? m_names[index] : std::string_view();
    }
    [[nodiscard]] constexpr std::optional<Value> valueOf(std::string_view name) const
    {
        for (std::size_t i = 0; i < m_names.size(); ++i) {
            if (m_names[i] == name)
                return static_cast<Value>(i);
        }
        return std::nullopt;
    }

private:
    std::array<std::string_view, static_cast<std::size_t>(last) + 1> m_names;
};

} // namespace scratchproof
