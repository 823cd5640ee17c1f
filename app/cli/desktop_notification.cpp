// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/desktop_notification.h"

#include "core/system/shared_library.h"

#include <systemd/sd-bus.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::uint64_t kPatienceMicroseconds = 2'000'000;

/// What is used of libsystemd. Loaded for a notification alone: every start of this program would pay for it, and for
/// the six libraries that it brings along.
struct SystemdBus
{
    SharedLibrary library;
    decltype(&sd_bus_open_user) openUser = library.function<decltype(sd_bus_open_user)>("sd_bus_open_user");
    decltype(&sd_bus_set_method_call_timeout) setTimeout =
        library.function<decltype(sd_bus_set_method_call_timeout)>("sd_bus_set_method_call_timeout");
    decltype(&sd_bus_call_method) callMethod = library.function<decltype(sd_bus_call_method)>("sd_bus_call_method");
    decltype(&sd_bus_flush_close_unref) close =
        library.function<decltype(sd_bus_flush_close_unref)>("sd_bus_flush_close_unref");

    [[nodiscard]] bool isWhole() const
    {
        return openUser != nullptr && setTimeout != nullptr && callMethod != nullptr && close != nullptr;
    }
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
    auto library = SharedLibrary::load("libsystemd.so.0");
    if (!library)
        return fail(ErrorKind::Notify, {}, 0, library.error().detail);
    const SystemdBus systemd{std::move(*library)};
    if (!systemd.isWhole())
        return fail(ErrorKind::Notify, {}, 0, "libsystemd.so.0 has no sd-bus");
    sd_bus* opened = nullptr;
    if (const int code = systemd.openUser(&opened); code < 0)
        return fail(ErrorKind::Notify, {}, -code, "there is no session bus");
    const std::unique_ptr<sd_bus, decltype(systemd.close)> bus(opened, systemd.close);
    (void)systemd.setTimeout(bus.get(), kPatienceMicroseconds);
    const std::string text = escaped(body);
    // app_name, replaces_id, app_icon, summary, body, actions, hints, expire_timeout (-1: as the server likes)
    const int code = systemd.callMethod(bus.get(), "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                                        "org.freedesktop.Notifications", "Notify", nullptr, nullptr, "susssasa{sv}i",
                                        "Scratchproof", 0U, "scratchproof", summary.c_str(), text.c_str(), 0U, 1U,
                                        "desktop-entry", "s", "scratchproof", -1);
    if (code < 0)
        return fail(ErrorKind::Notify, {}, -code, "nobody shows notifications");
    return {};
}

} // namespace scratchproof
