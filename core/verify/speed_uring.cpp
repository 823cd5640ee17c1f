// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/speed_engine.h"

#ifdef SCRATCHPROOF_LIBURING
#include <liburing.h>
#endif

#include <cerrno>
#include <vector>

namespace scratchproof {

#ifdef SCRATCHPROOF_LIBURING

namespace {

class Ring
{
public:
    explicit Ring(unsigned entries) : m_error(-io_uring_queue_init(entries, &m_ring, 0)) {}
    ~Ring()
    {
        if (m_error == 0)
            io_uring_queue_exit(&m_ring);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    [[nodiscard]] int error() const { return m_error; }
    [[nodiscard]] io_uring* get() { return &m_ring; }

private:
    io_uring m_ring{};
    int m_error;
};

} // namespace

bool hasUring()
{
    return Ring(1).error() == 0;
}

void runOnUring(SpeedRequests& requests)
{
    const SpeedJob& job = requests.job();
    Ring ring(job.depth);
    if (ring.error() != 0)
        return requests.fail(Error{"io_uring_setup", {}, ring.error(), {}});
    unsigned underWay = 0;
    const auto submit = [&](unsigned slot) {
        io_uring_sqe* entry = io_uring_get_sqe(ring.get()); // there are as many as requests
        const auto buffer = requests.buffer(slot);
        if (job.isWrite) {
            requests.stamp(buffer);
            io_uring_prep_write(entry, requests.fd(), buffer.data(), static_cast<unsigned>(job.block), requests.next());
        } else {
            io_uring_prep_read(entry, requests.fd(), buffer.data(), static_cast<unsigned>(job.block), requests.next());
        }
        io_uring_sqe_set_data64(entry, slot);
        ++underWay;
    };
    for (unsigned slot = 0; slot < job.depth; ++slot)
        submit(slot);
    while (underWay != 0) {
        const int submitted = io_uring_submit_and_wait(ring.get(), 1);
        if (submitted < 0 && submitted != -EINTR && submitted != -EAGAIN && submitted != -EBUSY) {
            requests.fail(Error{"io_uring_enter", {}, -submitted, {}});
            requests.abandonBuffers();
            return;
        }
        unsigned head = 0;
        unsigned seen = 0;
        io_uring_cqe* entry = nullptr;
        std::vector<unsigned> again;
        io_uring_for_each_cqe(ring.get(), head, entry)
        {
            ++seen;
            --underWay;
            if (entry->res < 0)
                requests.fail(Error{job.isWrite ? "pwrite" : "pread", {}, -entry->res, {}});
            else
                requests.done(static_cast<std::uint64_t>(entry->res));
            if (!requests.isEnding())
                again.push_back(static_cast<unsigned>(io_uring_cqe_get_data64(entry)));
        }
        io_uring_cq_advance(ring.get(), seen);
        for (const unsigned slot : again)
            submit(slot);
    }
}

#else

bool hasUring()
{
    return false;
}

void runOnUring(SpeedRequests& requests)
{
    requests.fail(Error{"io_uring_setup", {}, ENOSYS, {}});
}

#endif

} // namespace scratchproof
