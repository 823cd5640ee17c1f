// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/error_words.h"

#include "core/base/error_words.h"
#include "core/base/quantity.h"

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

QString translated(const char* text)
{
    return QCoreApplication::translate("errors", text);
}

/// With a capital and a full stop.
QString asSentence(QString text)
{
    if (text.isEmpty())
        return text;
    text[0] = text.at(0).toUpper();
    return text.endsWith(QLatin1Char('.')) ? text : text + QLatin1Char('.');
}

/// Empty where the detail says more, or there are no words.
QString wordsSentence(const Error& error)
{
    using Detail = ErrorWords::Detail;
    const ErrorWords* words = wordsOf(error.kind);
    const bool hasDetail = !error.detail.empty();
    if (words == nullptr || (words->detail == Detail::IsMoreExact && hasDetail) ||
        (words->detail == Detail::AsTheErrno && (hasDetail || error.code != 0)))
        return {};
    if (words->detail == Detail::HasAPlace && hasDetail) {
        QString text = translated(words->withDetail).arg(QString::fromStdString(displayText(error.detail)));
        text[0] = text.at(0).toUpper();
        return text;
    }
    return asSentence(translated(words->text));
}

} // namespace

QString shownPath(std::string_view bytes)
{
    return QString::fromStdString(displayPath(bytes));
}

QString leftToRight(const QString& text)
{
    constexpr QChar kMark(0x200e); // LEFT-TO-RIGHT MARK
    return text.isEmpty() ? text : kMark + text + kMark;
}

bool isNotResponding(const Error& error)
{
    return error.kind == ErrorKind::NotResponding;
}

bool isCancelled(const Error& error)
{
    return error.kind == ErrorKind::Cancelled;
}

QString reasonText(const Reason& reason)
{
    return QString::fromStdString(
        toString(reason, [](const char* text) { return QCoreApplication::translate("reasons", text).toStdString(); }));
}

QString reasonSentence(const Reason& reason)
{
    return asSentence(reasonText(reason));
}

QString errorSentence(const Error& error)
{
    if (error.kind == ErrorKind::NameExists && !error.path.empty())
        return translated(QT_TRANSLATE_NOOP("errors", "There is a scratch directory of that name already: %1"))
            .arg(leftToRight(shownPath(error.path)));
    if (error.kind == ErrorKind::BadInput && error.path == "SCRATCHPROOF_GRACE")
        return translated(QT_TRANSLATE_NOOP("errors",
                                            "The environment variable SCRATCHPROOF_GRACE, which says how long "
                                            "directories are kept after their end, makes no sense: %1"))
            .arg(QString::fromStdString(displayText(error.detail)));
    if (QString sentence = wordsSentence(error); !sentence.isEmpty())
        return sentence;
    // What a room of core says in its own words is more exact than the errno behind it.
    if (!error.detail.empty())
        return asSentence(QString::fromStdString(displayText(error.detail)));
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
    return QString::fromStdString(formatBytes(bytes, QLocale().decimalPoint().toStdString()));
}

QString shownDuration(Nanoseconds duration)
{
    return QString::fromStdString(formatDuration(duration, QLocale().decimalPoint().toStdString()));
}

QString shownCount(std::uint64_t count)
{
    return QLocale().toString(static_cast<qulonglong>(count));
}

QString shownSpan(Nanoseconds span)
{
    const auto [text, count] = wordsOfSpan(span);
    return QCoreApplication::translate("spans", text, nullptr, count);
}

} // namespace scratchproof::gui
