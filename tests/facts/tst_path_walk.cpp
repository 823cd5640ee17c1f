// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/path_walk.h"
#include "core/system/forwarding.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <filesystem>
#include <fstream>

using namespace scratchproof;
namespace fs = std::filesystem;

namespace {

/// Refuses to look up or to pass through what has a given name, as if its rights said so (the suite may run as root).
struct RefusingAttributes : ForwardingFileAttributes
{
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<FileStatus> statusAt(int dirFd, const char* name) override
    {
        if (refused == name)
            return fail("statx", name, EACCES);
        return ForwardingFileAttributes::statusAt(dirFd, name);
    }
    Result<void> access(int dirFd, const char* name, AccessMode mode) override
    {
        if (noSearch)
            return fail("faccessat2", name, EACCES);
        return ForwardingFileAttributes::access(dirFd, name, mode);
    }
    std::string refused;
    bool noSearch = false;
};

} // namespace

class TestPathWalk : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup() { fs::remove_all(m_base); } // QTemporaryDir cannot remove names that are no text
    void aHealthyPathIsSeenToItsEnd();
    void aMissingNameEndsTheWalk();
    void aFileInTheMiddleEndsTheWalk();
    void aDanglingLinkNamesItsTarget();
    void aLoopOfLinksIsToldAsOne();
    void aLinkToAFolderIsPassedThrough();
    void aLinkToAFileSaysSo();
    void dotDotGoesBackThroughALink();
    void slashesAndDotsAreNoComponents();
    void aRelativePathBeginsInTheWorkingDirectory();
    void anEmptyPathHasNoComponents();
    void aPathWithANulHasNoComponents();
    void aNameThatIsTooLongIsToldAsOne();
    void aPathOf5000BytesIsWalkedToItsEnd();
    void bytesThatAreNoUtf8AreKept();
    void aRefusedComponentKeepsItsErrno();
    void linksAreFollowedBeyondThoseThatTheKernelFollows();
    void aCircleOfLinksIsNamedWhereItCloses();
    void linksThatGrowAreACircleAndDoNotGoOnForEver();
    void aFolderWithoutSearchIsMarked();
    void aStoppedWalkEndsAtOnce();
    void noDescriptorIsLeftOpen();

private:
    std::vector<PathComponent> walk(const std::string& path)
    {
        NameCache names;
        return walkPath(linuxSystem(), path, {}, names);
    }
    std::string m_base; // without links in it
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestPathWalk::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_base = fs::canonical(m_folder->path().toStdString());
    fs::create_directories(m_base + "/a/b");
    std::ofstream(m_base + "/file") << "x";
}

void TestPathWalk::aHealthyPathIsSeenToItsEnd()
{
    const auto path = walk(m_base + "/a/b");
    QCOMPARE(path.front().path, std::string("/"));
    QCOMPARE(path.back().path, m_base + "/a/b");
    for (const auto& component : path) {
        QVERIFY(component.status && component.status->isDirectory());
        QCOMPARE(component.errorCode, 0);
        QCOMPARE(component.searchable, std::optional<bool>(true));
        QVERIFY(component.owner.has_value());
    }
}

void TestPathWalk::aMissingNameEndsTheWalk()
{
    const auto path = walk(m_base + "/gone/below/it");
    QCOMPARE(path.back().path, m_base + "/gone");
    QVERIFY(!path.back().status);
    QCOMPARE(path.back().errorCode, ENOENT);
}

void TestPathWalk::aFileInTheMiddleEndsTheWalk()
{
    const auto path = walk(m_base + "/file/below");
    QCOMPARE(path.back().path, m_base + "/file");
    QVERIFY(path.back().status->isRegular());
    QCOMPARE(path.back().errorCode, 0);
}

void TestPathWalk::aDanglingLinkNamesItsTarget()
{
    fs::create_symlink("nowhere", m_base + "/link");
    const auto path = walk(m_base + "/link/x");
    QCOMPARE(path.back().path, m_base + "/link");
    QCOMPARE(path.back().linkTarget, std::optional<Path>("nowhere"));
    QCOMPARE(path.back().linkErrorCode, ENOENT);
}

void TestPathWalk::aLoopOfLinksIsToldAsOne()
{
    fs::create_symlink("two", m_base + "/one");
    fs::create_symlink("one", m_base + "/two");
    QCOMPARE(walk(m_base + "/one").back().linkErrorCode, ELOOP);
}

void TestPathWalk::aLinkToAFolderIsPassedThrough()
{
    fs::create_symlink("a", m_base + "/link");
    const auto path = walk(m_base + "/link/b");
    QCOMPARE(path.back().path, m_base + "/link/b");
    QVERIFY(path.back().status->isDirectory());
    QCOMPARE(path[path.size() - 2].targetType, std::optional<FileType>(FileType::Directory));
}

void TestPathWalk::aLinkToAFileSaysSo()
{
    fs::create_symlink("file", m_base + "/link");
    const auto path = walk(m_base + "/link");
    QCOMPARE(path.back().targetType, std::optional<FileType>(FileType::Regular));
    QCOMPARE(path.back().linkErrorCode, 0);
}

void TestPathWalk::dotDotGoesBackThroughALink()
{
    // "jump/.." is the parent of what the link leads to, which a walk over the text would get wrong.
    fs::create_directories(m_base + "/far/deep");
    fs::create_directories(m_base + "/far/only");
    fs::create_symlink("far/deep", m_base + "/jump");
    const auto path = walk(m_base + "/jump/../only");
    QCOMPARE(path.back().path, m_base + "/jump/../only");
    QVERIFY(path.back().status);
}

void TestPathWalk::slashesAndDotsAreNoComponents()
{
    QCOMPARE(walk("//" + m_base + "/./a//b/.").back().path, m_base + "/a/b");
    QCOMPARE(walk("/").size(), std::size_t{1});
}

void TestPathWalk::aRelativePathBeginsInTheWorkingDirectory()
{
    const auto before = fs::current_path();
    fs::current_path(m_base);
    const auto path = walk("a/b");
    fs::current_path(before);
    QCOMPARE(path.size(), std::size_t{2});
    QCOMPARE(path.back().path, std::string("a/b"));
    QVERIFY(path.back().status);
}

void TestPathWalk::anEmptyPathHasNoComponents()
{
    QVERIFY(walk("").empty());
}

void TestPathWalk::aPathWithANulHasNoComponents()
{
    QVERIFY(walk(m_base + std::string("/a\0b", 4)).empty());
}

void TestPathWalk::aNameThatIsTooLongIsToldAsOne()
{
    QCOMPARE(walk(m_base + "/" + std::string(300, 'n')).back().errorCode, ENAMETOOLONG);
}

void TestPathWalk::aPathOf5000BytesIsWalkedToItsEnd()
{
    // Made step by step from the working directory, since no call takes the whole path.
    const auto before = fs::current_path();
    fs::current_path(m_base);
    std::string path = m_base;
    const std::string name(200, 'd');
    for (int i = 0; i < 25; ++i) {
        fs::create_directory(name);
        fs::current_path(name);
        path += "/" + name;
    }
    fs::current_path(before);
    QVERIFY(path.size() > 5000);
    const auto components = walk(path);
    QCOMPARE(components.back().path, path);
    QVERIFY(components.back().status && components.back().status->isDirectory());
}

void TestPathWalk::bytesThatAreNoUtf8AreKept()
{
    const std::string path = m_base + "/a\xff\n";
    fs::create_directory(path);
    QCOMPARE(walk(path).back().path, path);
    QVERIFY(walk(path).back().status);
}

void TestPathWalk::aRefusedComponentKeepsItsErrno()
{
    System& real = linuxSystem();
    RefusingAttributes attributes(real.attributes);
    attributes.refused = "b";
    System system{real.files, attributes, real.processes, real.clock};
    NameCache names;
    const auto path = walkPath(system, m_base + "/a/b", {}, names);
    QCOMPARE(path.back().path, m_base + "/a/b");
    QCOMPARE(path.back().errorCode, EACCES);
    QVERIFY(!path.back().status);
}

void TestPathWalk::aFolderWithoutSearchIsMarked()
{
    System& real = linuxSystem();
    RefusingAttributes attributes(real.attributes);
    attributes.noSearch = true;
    System system{real.files, attributes, real.processes, real.clock};
    NameCache names;
    QCOMPARE(walkPath(system, m_base + "/a", {}, names).back().searchable, std::optional<bool>(false));
}

void TestPathWalk::aStoppedWalkEndsAtOnce()
{
    std::stop_source stop;
    stop.request_stop();
    NameCache names;
    QVERIFY(walkPath(linuxSystem(), m_base + "/a/b", stop.get_token(), names).size() <= 1);
}

void TestPathWalk::noDescriptorIsLeftOpen()
{
    const auto count = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
    const auto before = count();
    for (const char* end : {"/a/b", "/gone", "/file/x"})
        (void)walk(m_base + end);
    QCOMPARE(count(), before);
}

void TestPathWalk::linksAreFollowedBeyondThoseThatTheKernelFollows()
{
    fs::create_directory(m_base + "/real");
    fs::create_symlink("real", m_base + "/l0");
    for (int i = 1; i < 100; ++i)
        fs::create_symlink((i % 2 == 0 ? m_base + "/l" : "l") + std::to_string(i - 1),
                           m_base + "/l" + std::to_string(i));
    const LinkChain chain = followLinks(linuxSystem(), m_base + "/l99", {});
    QCOMPARE(chain.links, 100U);
    QVERIFY(!chain.circle);
    QVERIFY(chain.end == std::optional<Path>(m_base + "/real"));
    // The same link several times, one after the other, is no circle.
    const LinkChain again = followLinks(linuxSystem(), m_base + "/l0/../l0/../l0", {});
    QCOMPARE(again.links, 3U);
    QVERIFY(again.end == std::optional<Path>(m_base + "/real"));
    fs::remove(m_base + "/real");
    const LinkChain dangling = followLinks(linuxSystem(), m_base + "/l99", {});
    QCOMPARE(dangling.links, 100U);
    QVERIFY(!dangling.circle && !dangling.end);
}

void TestPathWalk::aCircleOfLinksIsNamedWhereItCloses()
{
    fs::create_symlink("tails", m_base + "/heads");
    fs::create_symlink("heads", m_base + "/tails");
    fs::create_symlink("heads/x", m_base + "/to-it");
    QVERIFY(followLinks(linuxSystem(), m_base + "/to-it/y", {}).circle == std::optional<Path>(m_base + "/heads"));
    QVERIFY(followLinks(linuxSystem(), m_base + "/tails", {}).circle == std::optional<Path>(m_base + "/tails"));
}

void TestPathWalk::linksThatGrowAreACircleAndDoNotGoOnForEver()
{
    fs::create_symlink("grows/x", m_base + "/grows");
    QVERIFY(followLinks(linuxSystem(), m_base + "/grows", {}).circle == std::optional<Path>(m_base + "/grows"));
    // Each goes twice through the one before it: 2^30 in all.
    fs::create_directory(m_base + "/real");
    fs::create_symlink("real", m_base + "/d0");
    for (int i = 1; i < 30; ++i) {
        const std::string before = "d" + std::to_string(i - 1);
        fs::create_symlink(before + "/../" + before, m_base + "/d" + std::to_string(i));
    }
    const LinkChain chain = followLinks(linuxSystem(), m_base + "/d29", {});
    QVERIFY(!chain.circle && !chain.end);
    QVERIFY(chain.links > 40 && chain.links < 10'000);
}

QTEST_APPLESS_MAIN(TestPathWalk)
#include "tst_path_walk.moc"
