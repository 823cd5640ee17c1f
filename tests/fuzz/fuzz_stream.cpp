// SPDX-License-Identifier: GPL-3.0-or-later
// The stream of a prober: whatever arrives, in whatever pieces, is an event or an Error, and an event that was read
// can be written and read again. What it says of a folder is shown.
#include "core/protocol/messages.h"
#include "core/stream/line_framing.h"
#include "shown_check.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace scratchproof;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    LineSplitter lines(16384);
    const std::size_t half = size / 2;
    for (const auto piece : {bytes.substr(0, half), bytes.substr(half)}) {
        if (!lines.append(piece))
            return 0;
        while (const auto line = lines.next()) {
            const auto event = eventFromLine(*line);
            if (!event)
                continue;
            const std::string written = toLine(*event);
            const auto again = eventFromLine(written);
            if (!again || again->index() != event->index() || toLine(*again) != written)
                std::abort();
            if (const auto* finished = std::get_if<event::CheckFinished>(&*event))
                fuzz::show(finished->result);
        }
    }
    return 0;
}
