// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "app/gui/verify/verify_job.h"

#include <QColor>
#include <QString>

#include <optional>
#include <string>

/// What the page says of a verification, in the reader's language.
namespace scratchproof::gui {

/// A text of the page (catalogue context "verify").
[[nodiscard]] QString inVerify(const char* text);

/// The title, and what it does and takes, in a sentence or two.
[[nodiscard]] QString titleOf(VerifyKind kind);
[[nodiscard]] QString explanationOf(VerifyKind kind);

/// "12.3 GB of 64 GB are free".
[[nodiscard]] QString roomOf(std::uint64_t total, std::uint64_t available);
/// What will be written to a drive with so much room, and how long that takes: as a sentence; empty where that does not
/// hang on the room.
[[nodiscard]] QString expectationOf(const VerifyWish& wish, std::uint64_t total, std::uint64_t available);
/// What is risked; empty where that is nothing.
[[nodiscard]] QString riskOf(VerifyKind kind);

/// The name of a SpeedPart.
[[nodiscard]] QString partName(const std::string& id);
[[nodiscard]] QString shownRate(double bytesPerSecond);

/// How far it has come.
[[nodiscard]] QString lineOf(const VerifyJob& job);

/// What came out: a sign, a few words, and a sentence or two.
struct VerifyHeadline
{
    Glyph glyph = Glyph::Waiting;
    Verdict color = Verdict::NotChecked;
    QString title;
    QString sentence;
};
/// Of a job that has ended.
[[nodiscard]] VerifyHeadline headlineOf(const VerifyJob& job);
/// What it rests on, and what is to be known besides, a line each.
[[nodiscard]] QStringList groundsOf(const VerifyJob& job);
/// All of that, as plain text for a mail; and as scratchproof.verify/1, "" where there is no answer.
[[nodiscard]] QString reportOf(const VerifyJob& job);
[[nodiscard]] std::string documentOf(const VerifyJob& job);

} // namespace scratchproof::gui
