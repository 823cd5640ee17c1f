// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

/// Foreign text within Markdown (CommonMark with GitHub's tables): it is shown as it is and does nothing.
namespace scratchproof::markdown {

/// Prose: all that Markdown or HTML would take for its own is escaped, addresses become no links. For the middle of a
/// line and for its beginning. Control characters and bidirectional marks become visible (displayText).
[[nodiscard]] std::string escaped(std::string_view text);
/// The same for a table's cell, at whose beginning no list begins: "3.0 ms" stays as it is.
[[nodiscard]] std::string escapedCell(std::string_view text);

/// A code span, in as many backticks as it takes. `inTable`: within a table's cell, where "|" would end it; such a text
/// becomes escaped prose.
[[nodiscard]] std::string code(std::string_view text, bool inTable = false);

/// A fenced block, each line indented by `indent` spaces. Ends with a newline.
[[nodiscard]] std::string codeBlock(std::string_view text, std::string_view language, std::size_t indent = 0);

} // namespace scratchproof::markdown
