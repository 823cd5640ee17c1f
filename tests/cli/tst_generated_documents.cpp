// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_help.h"
#include "app/cli/command_parser.h"
#include "app/cli/console.h"
#include "app/cli/manual_page.h"
#include "app/cli/shell_completions.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QStandardPaths>
#include <QTest>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

using Kind = OptionDefinition::Kind;
using Names = std::set<std::string>;
/// By the words that lead to a command: "", "check", "scratch run".
using NamesByCommand = std::map<std::string, Names>;

void forEachCommand(const CommandDefinition& at, const std::string& way,
                    const std::function<void(const CommandDefinition&, const std::string&)>& act)
{
    act(at, way);
    for (const auto& one : at.commands) {
        if (!one->isHidden)
            forEachCommand(*one, way.empty() ? one->name : way + ' ' + one->name, act);
    }
}

bool isByName(const OptionDefinition& option)
{
    return option.kind != Kind::Argument && option.kind != Kind::Rest;
}

bool isForEvery(const OptionDefinition& option)
{
    return option.kind == Kind::Help || option.kind == Kind::Version;
}

Names namesOf(const CommandDefinition& command, bool withThoseOfEvery)
{
    Names names;
    for (const auto& option : command.options) {
        if (!option->isHidden && isByName(*option) && (withThoseOfEvery || !isForEvery(*option)))
            names.insert(option->name);
    }
    return names;
}

NamesByCommand expected(const CommandDefinition& program, bool withThoseOfEvery)
{
    NamesByCommand all;
    forEachCommand(program, {}, [&](const CommandDefinition& command, const std::string& way) {
        all[way] = namesOf(command, withThoseOfEvery);
    });
    return all;
}

std::vector<std::string> linesOf(const std::string& text)
{
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// What `pattern` finds in it, by its first group.
Names found(const std::string& text, const std::string& pattern)
{
    const std::regex expression(pattern);
    Names names;
    for (std::sregex_iterator it(text.begin(), text.end(), expression); it != std::sregex_iterator(); ++it)
        names.insert((*it)[1].str());
    return names;
}

std::string withoutRoff(std::string text)
{
    return std::regex_replace(std::regex_replace(text, std::regex(R"(\\f[BIP])"), ""), std::regex(R"(\\-)"), "-");
}

QByteArray shown(const NamesByCommand& all)
{
    QByteArray text;
    for (const auto& [way, names] : all) {
        text += way.c_str() + QByteArray(":");
        for (const std::string& name : names)
            text += ' ' + QByteArray::fromStdString(name);
        text += '\n';
    }
    return text;
}

/// What bash offers for the last of `words`.
std::string offers(const std::string& words)
{
    return "COMP_WORDS=(scratchproof-cli " + words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); " +
           "_scratchproof_cli \"$CLI\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; " +
           "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
}

} // namespace

/// --help, the manual page and the completions say what the parser takes: all of it, and nothing else.
class GeneratedDocumentsTest : public QObject
{
    Q_OBJECT

private:
    AllCommands m_all;
    TemporaryFolder m_base;

    [[nodiscard]] const CommandDefinition& program() const { return m_all.program(); }

    /// What bash prints that has the completion.
    std::string inBash(const std::string& script)
    {
        writeFile(m_base / "completion", bashCompletion(program()));
        Program bash;
        bash.arguments = {"bash", "-c", "source '" + (m_base / "completion") + "'\n" + script};
        bash.environment = {{"CLI", SCRATCHPROOF_CLI}};
        const Ended ended = run(bash);
        if (ended.exitCode != 0 || !ended.errors.empty())
            throw SetupError("bash: " + ended.errors);
        return ended.output;
    }

private slots:
    void helpNamesWhatIsTaken()
    {
        NamesByCommand said;
        forEachCommand(program(), {}, [&](const CommandDefinition& command, const std::string& way) {
            said[way] = found(helpOf(command, 100), R"(\n  (?:-., )?(--[a-z-]+))");
        });
        QCOMPARE(shown(said), shown(expected(program(), true)));
    }

    void theManualPageNamesWhatIsTaken()
    {
        const auto page = manualPage(program(), readFile(SCRATCHPROOF_MAN_FRAME));
        QVERIFY(page);
        std::map<std::string, std::string> ways; // by the title of the section
        forEachCommand(program(), {}, [&](const CommandDefinition&, const std::string& way) {
            const bool isInGroup = way.find(' ') != std::string::npos;
            ways[isInGroup ? ".SS " + way : ".SH " + QByteArray::fromStdString(way).toUpper().toStdString()] = way;
        });
        NamesByCommand said;
        NamesByCommand synopsis;
        std::string way;
        bool isTag = false;
        for (const std::string& line : linesOf(*page)) {
            if (line.starts_with(".SH") || line.starts_with(".SS"))
                way = ways.contains(line) ? ways[line] : line == ".SH OPTIONS IN GENERAL" ? "" : "none";
            if (ways.contains(line))
                said[way];
            if (isTag && way != "none")
                said[way].merge(found(withoutRoff(line), R"((?:^|, )(--[a-z-]+))"));
            isTag = line == ".TP";
            std::smatch call;
            const std::string plain = withoutRoff(line);
            if (line.starts_with("\\fBscratchproof") &&
                std::regex_search(plain, call, std::regex("^scratchproof-cli ((?:[a-z]+ ?)+)")))
                synopsis[QByteArray::fromStdString(call[1]).trimmed().toStdString()] = found(plain, R"((--[a-z-]+))");
        }
        NamesByCommand taken = expected(program(), false);
        taken[""] = namesOf(program(), true);
        QCOMPARE(shown(said), shown(taken));
        std::erase_if(taken, [](const auto& one) {
            return one.first.empty() || one.first == "scratch" || one.first == "verify"; // groups
        });
        QCOMPARE(shown(synopsis), shown(taken));
    }

    void aManualPageWithoutAPlaceForTheCommandsIsNone()
    {
        QVERIFY(!manualPage(program(), ".TH X 1\n.\\\" synopsis\n.\\\" options\n"));
    }

    void bashOffersWhatIsTaken()
    {
        NamesByCommand taken = expected(program(), true);
        std::string script;
        for (auto& [way, names] : taken)
            script += "echo '= " + way + "'\n" + offers(way + " --") + offers(way + " ''");
        NamesByCommand said;
        Names* at = nullptr;
        for (const std::string& line : linesOf(inBash(script))) {
            if (line.starts_with("= "))
                at = &said[line.substr(2)];
            else if (line == "--")
                QCOMPARE(&said["scratch run"], at); // before a command of another program
            else if (line.starts_with("--"))
                at->insert(line);
        }
        QCOMPARE(shown(said), shown(taken));
        forEachCommand(program(), {}, [&](const CommandDefinition& command, const std::string& way) {
            Names commands;
            for (const auto& one : command.commands) {
                if (!one->isHidden)
                    commands.insert(one->name);
            }
            if (!commands.empty())
                QCOMPARE(shown({{way, found('\n' + inBash(offers(way + " ''")), R"(\n([a-z]+))")}}),
                         shown({{way, commands}}));
        });
    }

    void bashOffersTheValues_data()
    {
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("offered");
        const auto row = [](const char* name, const char* words, const char* offered) {
            QTest::newRow(name) << QString(words) << QString(offered);
        };
        row("an option by its beginning", "volumes --a", "--all\n");
        row("a command", "vol", "volumes\n");
        row("a choice", "check --level q", "quick\n");
        row("a choice behind =", "check --level = q", "quick\n");
        row("all choices behind =", "check --level =", "quick\nstandard\nfull\n");
        row("a suggestion", "scratch extend x --lifetime 1", "12h\n1d\n");
        row("a user", "check --as roo", "root\n");
        row("a user by its place", "rights --json roo", "root\n");
        row("a folder behind the user", "rights root /us", "/usr\n");
        row("a folder", "check /us", "/usr\n");
        row("a folder, and a value before", "check --level quick /us", "/usr\n");
        row("nothing for a text", "scratch create --note x", "\n");
        row("an option behind a value", "scratch create --note --pin --lif", "--lifetime\n");
        row("a cause", "explain mount-readonly-f", "mount-readonly-flag\n");
        row("another program", "scratch run -- bas", "");
        row("no option behind --", "check -- --js", "\n");
    }
    void bashOffersTheValues()
    {
        QFETCH(QString, words);
        QFETCH(QString, offered);
        const std::string said = inBash(offers(words.toStdString()));
        if (offered.isEmpty())
            QVERIFY2(('\n' + said).find("\nbash\n") != std::string::npos, said.c_str());
        else
            QCOMPARE(QString::fromStdString(said), offered);
    }

    void zshOffersWhatIsTaken()
    {
        NamesByCommand said;
        std::string way;
        const std::regex function("^_scratchproof_cli_(\\w*)\\(\\) \\{");
        for (const std::string& line : linesOf(zshCompletion(program()))) {
            std::smatch name;
            if (std::regex_search(line, name, function))
                way = std::regex_replace(name[1].str(), std::regex("_"), " ");
            if (line.starts_with("        '") && way != "directories" && way != "causes")
                said[way].merge(found(line, R"((?:^ *'(?:\([^)]*\)|\*)|,)(--[a-z-]+))"));
        }
        QCOMPARE(shown(said), shown(expected(program(), true)));
    }

    void fishOffersWhatIsTaken()
    {
        NamesByCommand said;
        for (const std::string& line : linesOf(fishCompletion(program()))) {
            std::smatch parts;
            if (std::regex_search(line, parts, std::regex("-n '__scratchproof_cli_is ([a-z ]*)'.* -l ([a-z-]+) ")))
                said[parts[1]].insert("--" + parts[2].str());
        }
        QCOMPARE(shown(said), shown(expected(program(), true)));
    }

    void shellsUnderstandThem_data()
    {
        QTest::addColumn<QString>("shell");
        for (const char* shell : {"bash", "zsh", "fish"})
            QTest::newRow(shell) << QString(shell);
    }
    void shellsUnderstandThem()
    {
        QFETCH(QString, shell);
        if (QStandardPaths::findExecutable(shell).isEmpty())
            QSKIP("it is not installed");
        const Path file = m_base / "of-a-shell";
        writeFile(file, shell == "bash"  ? bashCompletion(program())
                        : shell == "zsh" ? zshCompletion(program())
                                         : fishCompletion(program()));
        Program parse;
        parse.arguments = {shell.toStdString(), "-n", file};
        const Ended ended = run(parse);
        QVERIFY2(ended.exitCode == 0 && ended.errors.empty(), ended.errors.c_str());
    }

    /// The names are the parser's own: given, each is known.
    void whatIsNamedIsTaken()
    {
        forEachCommand(program(), {}, [&](const CommandDefinition& command, const std::string& way) {
            std::istringstream words(way);
            std::vector<std::string> call{std::istream_iterator<std::string>(words), {}};
            for (const std::string& name : namesOf(command, true)) {
                call.push_back(name);
                const CommandCall read = readCommandLine(program(), call);
                QVERIFY2(read.command == &command, name.c_str());
                QVERIFY2(read.problem.find("there is no option") == std::string::npos, read.problem.c_str());
                call.pop_back();
            }
        });
    }
};

QTEST_GUILESS_MAIN(GeneratedDocumentsTest)
#include "tst_generated_documents.moc"
