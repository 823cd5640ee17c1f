// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/error_words.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof::gui {

namespace {

struct Sentence
{
    int code;
    const char* text;
};

constexpr std::array kSentences{
    Sentence{ENOENT, QT_TRANSLATE_NOOP("errors", "This folder does not exist.")},
    Sentence{ENOTDIR, QT_TRANSLATE_NOOP("errors", "This is a file, not a folder.")},
    Sentence{EACCES, QT_TRANSLATE_NOOP("errors", "You are not allowed to look into this folder.")},
    Sentence{EPERM, QT_TRANSLATE_NOOP("errors", "The system does not permit this.")},
    Sentence{ELOOP, QT_TRANSLATE_NOOP("errors", "The links in this path lead in a circle.")},
    Sentence{ENAMETOOLONG, QT_TRANSLATE_NOOP("errors", "This path or name is too long.")},
    Sentence{EROFS, QT_TRANSLATE_NOOP("errors", "Nothing can be written there: it is read-only.")},
    Sentence{ENOSPC, QT_TRANSLATE_NOOP("errors", "There is no space left.")},
    Sentence{EDQUOT, QT_TRANSLATE_NOOP("errors", "Your share of the space there is used up.")},
    Sentence{EIO, QT_TRANSLATE_NOOP("errors", "The drive reported an error.")},
    Sentence{ENODEV, QT_TRANSLATE_NOOP("errors", "The drive is gone.")},
    Sentence{ENXIO, QT_TRANSLATE_NOOP("errors", "The drive is gone.")},
    Sentence{ENOTCONN, QT_TRANSLATE_NOOP("errors", "The program behind this folder has ended.")},
    Sentence{ECONNABORTED, QT_TRANSLATE_NOOP("errors", "The program behind this folder has ended.")},
    Sentence{ESTALE, QT_TRANSLATE_NOOP("errors", "The server does not know this folder any more.")},
    Sentence{EHOSTDOWN, QT_TRANSLATE_NOOP("errors", "The server cannot be reached.")},
    Sentence{ETIMEDOUT, QT_TRANSLATE_NOOP("errors", "The server did not answer in time.")},
    Sentence{EEXIST, QT_TRANSLATE_NOOP("errors", "Something of that name is there already.")},
};

/// Refusals about a scratch directory. Where their detail says more exactly why, that is shown instead, or in the place
/// of %1.
struct Refusal
{
    const char* operation;
    const char* text;     // without a detail
    const char* withText; // with one: nullptr: the detail alone
};

constexpr std::array kRefusals{
    Refusal{"being-removed", QT_TRANSLATE_NOOP("errors", "Another program is removing it at this moment."),
            QT_TRANSLATE_NOOP("errors", "Its removal was begun, and whether that goes on cannot be seen now: %1")},
    Refusal{"holds-others", QT_TRANSLATE_NOOP("errors", "Another scratch directory lies in it, and would go with it."),
            QT_TRANSLATE_NOOP("errors", "It would take another one along: %1")},
    Refusal{"is-elsewhere", QT_TRANSLATE_NOOP("errors", "It belongs to another computer."), nullptr},
    Refusal{"is-released", QT_TRANSLATE_NOOP("errors", "It was released. Restore it first."), nullptr},
    Refusal{"not-released", QT_TRANSLATE_NOOP("errors", "It is not released, so there is nothing to restore."),
            nullptr},
    Refusal{"is-not-here", QT_TRANSLATE_NOOP("errors", "It was not found where it was."), nullptr},
    Refusal{"name-taken", QT_TRANSLATE_NOOP("errors", "Something else has taken its place."), nullptr},
    Refusal{"not-active", QT_TRANSLATE_NOOP("errors", "It is not in use any more."), nullptr},
    Refusal{"protected", QT_TRANSLATE_NOOP("errors", "It must stay where it is."), nullptr},
    Refusal{"release-unsupported", QT_TRANSLATE_NOOP("errors", "It can only be cleaned up, not released."), nullptr},
    Refusal{"in-use", QT_TRANSLATE_NOOP("errors", "It is in use."), nullptr},
};

QString translated(const char* text)
{
    return QCoreApplication::translate("errors", text);
}

QString hostSentence(const Error& error)
{
    if (isNotResponding(error))
        return translated(QT_TRANSLATE_NOOP("errors", "This folder does not answer."));
    if (isCancelled(error))
        return translated(QT_TRANSLATE_NOOP("errors", "This was stopped."));
    if (error.operation == "name-exists")
        return translated(QT_TRANSLATE_NOOP("errors", "There is a scratch directory of that name already: %1"))
            .arg(leftToRight(shownPath(error.path)));
    if (error.operation == "bad-input" && error.path == "SCRATCHPROOF_GRACE")
        return translated(QT_TRANSLATE_NOOP("errors",
                                            "The environment variable SCRATCHPROOF_GRACE, which says how long "
                                            "directories are kept after their end, makes no sense: %1"))
            .arg(QString::fromStdString(displayText(error.detail)));
    if (error.operation == "prober-died")
        return translated(
            QT_TRANSLATE_NOOP("errors", "The helper that looks at folders ended unexpectedly. Try again."));
    if (error.operation == "prober-start")
        return translated(
            QT_TRANSLATE_NOOP("errors", "The helper that looks at folders (scratchproof-cli) could not be started."));
    if (error.operation == "prober-nonsense")
        return translated(
            QT_TRANSLATE_NOOP("errors", "The helper that looks at folders answered something that makes no sense."));
    return {};
}

QString refusalSentence(const Error& error)
{
    const auto* known = std::find_if(kRefusals.begin(), kRefusals.end(),
                                     [&error](const Refusal& refusal) { return error.operation == refusal.operation; });
    if (known == kRefusals.end())
        return {};
    if (error.detail.empty())
        return translated(known->text);
    if (known->withText == nullptr)
        return {};
    return translated(known->withText).arg(QString::fromStdString(displayText(error.detail)));
}

} // namespace

QString shownPath(const Path& path)
{
    return QString::fromStdString(displayPath(path));
}

QString leftToRight(const QString& text)
{
    constexpr QChar kMark(0x200e); // LEFT-TO-RIGHT MARK
    return text.isEmpty() ? text : kMark + text + kMark;
}

bool isNotResponding(const Error& error)
{
    return error.operation == "not-responding";
}

bool isCancelled(const Error& error)
{
    return error.operation == "cancelled";
}

QString sentenceOf(std::string_view text)
{
    QString sentence = QString::fromStdString(displayText(text));
    if (sentence.isEmpty())
        return sentence;
    sentence[0] = sentence.at(0).toUpper();
    return sentence.endsWith(QLatin1Char('.')) ? sentence : sentence + QLatin1Char('.');
}

QString errorSentence(const Error& error)
{
    if (QString sentence = hostSentence(error); !sentence.isEmpty())
        return sentence;
    if (QString sentence = refusalSentence(error); !sentence.isEmpty())
        return sentence;
    // What a room of core says in its own words is more exact than the errno behind it.
    if (!error.detail.empty())
        return sentenceOf(error.detail);
    const auto* known = std::find_if(kSentences.begin(), kSentences.end(),
                                     [&error](const Sentence& sentence) { return sentence.code == error.code; });
    if (known != kSentences.end())
        return translated(known->text);
    if (error.code != 0)
        return translated(QT_TRANSLATE_NOOP("errors", "The system says: %1 (%2)."))
            .arg(QString::fromStdString(errnoText(error.code)), QString::fromStdString(errnoName(error.code)));
    return translated(QT_TRANSLATE_NOOP("errors", "This failed at the step “%1”."))
        .arg(QString::fromStdString(displayText(error.operation)));
}

QString plainToolTip(const QString& text)
{
    return text.isEmpty() ? text
                          : QStringLiteral("<div style='white-space:pre-wrap'>%1</div>").arg(text.toHtmlEscaped());
}

QString shownBytes(std::uint64_t bytes)
{
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<qint64>::max());
    return QLocale().formattedDataSize(static_cast<qint64>(std::min(bytes, most)), bytes < 1000 ? 0 : 1,
                                       QLocale::DataSizeSIFormat);
}

QString shownCount(std::uint64_t count)
{
    return QLocale().toString(static_cast<qulonglong>(count));
}

QString shownSpan(Nanoseconds span)
{
    constexpr Nanoseconds kMinute = 60 * kNanosecondsPerSecond;
    constexpr Nanoseconds kHour = 60 * kMinute;
    constexpr Nanoseconds kDay = 24 * kHour;
    constexpr Nanoseconds kYear = 365 * kDay;
    const auto count = [span](Nanoseconds unit) {
        return static_cast<int>(span / unit + (span % unit >= unit / 2 ? 1 : 0));
    };
    if (span < kMinute)
        return QCoreApplication::translate("spans", "under a minute");
    if (count(kMinute) < 60)
        return QCoreApplication::translate("spans", "%n min", nullptr, count(kMinute));
    if (count(kHour) < 48)
        return QCoreApplication::translate("spans", "%n h", nullptr, count(kHour));
    if (count(kDay) < 2 * 365)
        return QCoreApplication::translate("spans", "%n days", nullptr, count(kDay));
    return QCoreApplication::translate("spans", "%n years", nullptr, count(kYear));
}

} // namespace scratchproof::gui
