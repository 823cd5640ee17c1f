// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/desktop_notification.h"

#include <systemd/sd-bus.h>

#include <memory>

namespace scratchproof {

namespace {

constexpr std::uint64_t kPatienceMicroseconds = 2'000'000;

struct CloseBus
{
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};

/// Servers may read the body as markup.
std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

} // namespace

Result<void> notifyDesktop(const std::string& summary, const std::string& body)
{
    sd_bus* opened = nullptr;
    if (const int code = sd_bus_open_user(&opened); code < 0)
        return fail("notify", {}, -code, "there is no session bus");
    const std::unique_ptr<sd_bus, CloseBus> bus(opened);
    (void)sd_bus_set_method_call_timeout(bus.get(), kPatienceMicroseconds);
    const std::string text = escaped(body);
    // app_name, replaces_id, app_icon, summary, body, actions, hints, expire_timeout (-1: as the server likes)
    const int code = sd_bus_call_method(bus.get(), "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                                        "org.freedesktop.Notifications", "Notify", nullptr, nullptr, "susssasa{sv}i",
                                        "Scratchproof", 0U, "scratchproof", summary.c_str(), text.c_str(), 0U, 1U,
                                        "desktop-entry", "s", "scratchproof", -1);
    if (code < 0)
        return fail("notify", {}, -code, "nobody shows notifications");
    return {};
}

} // namespace scratchproof
