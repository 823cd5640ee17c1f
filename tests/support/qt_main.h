// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/mounts.h"

#include <QCoreApplication>
#include <QTest>

/// main() of a Qt Test without a window: prepares (see mounts.h) before Qt starts any thread, then runs `TestClass`.
#define SCRATCHPROOF_TEST_MAIN(TestClass, needs)                                                                       \
    int main(int argc, char** argv)                                                                                    \
    {                                                                                                                  \
        if (const int code = scratchproof::test::prepare(scratchproof::test::Needs::needs); code != 0)                 \
            return code;                                                                                               \
        QCoreApplication application(argc, argv);                                                                      \
        TestClass test;                                                                                                \
        return QTest::qExec(&test, argc, argv);                                                                        \
    }
