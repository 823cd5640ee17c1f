// SPDX-License-Identifier: GPL-3.0-or-later
// A prober's input: a line is a request, a request that makes no sense and is answered so, or an Error; a request that
// was read is written and read again without a difference. And the answers about scratch directories, which window and
// console read: what was read is written, read and written again as it was.
#include "core/protocol/requests.h"

#include <cstdlib>

namespace {

using namespace scratchproof;

template <typename T>
void readAndWrite(const Json& json)
{
    const auto read = answerFromJson<T>(json);
    if (!read)
        return;
    const Json written = answerJson(*read);
    const auto again = answerFromJson<T>(written);
    if (!again || answerJson(*again) != written)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    if (const auto input = inputFromLine(line)) {
        if (const auto* order = std::get_if<Order>(&*input)) {
            const std::string written = toLine(*order);
            const auto again = inputFromLine(written);
            if (!again || !std::holds_alternative<Order>(*again) || toLine(std::get<Order>(*again)) != written)
                std::abort();
        }
    }
    if (const auto json = parseJson(line, kMostContainersOfLine)) {
        readAndWrite<ScratchDirectory>(*json);
        readAndWrite<std::vector<ScratchDirectory>>(*json);
        readAndWrite<Created>(*json);
        readAndWrite<Altered>(*json);
        readAndWrite<Cleaned>(*json);
        readAndWrite<FindResult>(*json);
        readAndWrite<SweepPlan>(*json);
        readAndWrite<Purge>(*json);
        readAndWrite<std::vector<LogEntry>>(*json);
        readAndWrite<SpaceAnswer>(*json);
        readAndWrite<FolderList>(*json);
        readAndWrite<RightsReply>(*json);
        static_cast<void>(answerFromJson<Preview>(*json));
        static_cast<void>(answerFromJson<ScratchStore::Unseen>(*json));
    }
    return 0;
}
