// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Marks text for translation without changing it: lupdate(1) finds the texts of a source by it, and the app looks them
/// up in that context. Qt, which there is none of in core, defines it so.
#ifndef QT_TRANSLATE_NOOP
#define QT_TRANSLATE_NOOP(context, text) text
#endif
