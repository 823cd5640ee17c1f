// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_help.h"
#include "app/cli/command_parser.h"
#include "app/cli/console.h"
#include "core/base/text.h"
#include "core/report/text_layout.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace scratchproof;

namespace {

using Words = std::vector<std::string>;
using Kind = OptionDefinition::Kind;

/// What some program, some shell or some parser takes for more than text.
const Words kHostileWords{"[a,b]", "[]",        "[",         "]",        "[a",       "a,b",
                          ",",     "++",        "+",         "--+",      "@list",    "@",
                          "%",     "%s%n",      "%%",        "=",        "=x",       "a=b",
                          "x=",    "a:b",       "\n",        "a\nb",     "\r\n",     "\t",
                          " ",     "  a  ",     "",          "-",        "-x",       "-xy",
                          "--",    "---",       "--x",       "--json",   "--in=x",   "--help",
                          "-h",    "--version", "-1",        "0x10",     "list",     "check",
                          "run",   "scratch",   "help",      "{}",       "{a}",      "\"a b\"",
                          "'a'",   "\\",        "\\n",       "$HOME",    "`ls`",     "*",
                          "?",     "~",         "#",         ";",        "!",        "true",
                          "false", "\xff",      "a\xfe\xff", "\xc0\x80", "\x1b[31m", "\xe2\x80\xae",
                          "never"};

/// Every command that can be run, by its words.
void forEachCommand(const CommandDefinition& at, const Words& path,
                    const std::function<void(const CommandDefinition&, const Words&)>& act)
{
    if (at.commands.empty())
        act(at, path);
    for (const auto& one : at.commands) {
        Words below = path;
        below.push_back(one->name);
        forEachCommand(*one, below, act);
    }
}

const CommandDefinition& commandAt(const CommandDefinition& program, const Words& path)
{
    const CommandDefinition* at = &program;
    for (const std::string& name : path)
        at = std::find_if(at->commands.begin(), at->commands.end(), [&](const auto& one) {
                 return one->name == name;
             })->get();
    return *at;
}

const OptionDefinition& optionAt(const CommandDefinition& command, const std::string& name)
{
    return **std::find_if(command.options.begin(), command.options.end(),
                          [&](const auto& one) { return one->name == name; });
}

/// By the option's own definition alone.
bool accepts(const OptionDefinition& option, const std::string& value)
{
    if (value.empty() && option.refusesEmpty)
        return false;
    if (!option.choices.empty())
        return std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end();
    if (option.range)
        return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    return !option.whyNot || option.whyNot(value).empty();
}

/// What each argument that is needed holds, where it does not matter.
Words fillers(const CommandDefinition& command, const OptionDefinition* but)
{
    Words words;
    for (const auto& option : command.options) {
        if (option.get() != but && option->kind == Kind::Argument && option->isRequired)
            words.emplace_back("filler");
    }
    return words;
}

Words joined(std::initializer_list<Words> parts)
{
    Words all;
    for (const Words& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::string shown(const Words& words)
{
    return quoteForShell(words);
}

/// Reads `words`, and answers with what the option holds then.
struct Read
{
    std::string problem;
    Words values;
};
Read read(const AllCommands& commands, const Words& path, const std::string& option, const Words& words)
{
    const CommandCall call = readCommandLine(commands.program(), words);
    return {call.problem, optionAt(commandAt(commands.program(), path), option).values()};
}

Read read(const Words& path, const std::string& option, const Words& words)
{
    return read(AllCommands(), path, option, words);
}

/// A word of up to 12 bytes, none of them NUL; what parsers find special is more frequent.
std::string randomWord(std::mt19937& random)
{
    static constexpr std::string_view kSpecial = "[],-=@%+\n\"'\\ {}:#";
    std::uniform_int_distribution<std::size_t> length(0, 12);
    std::uniform_int_distribution<int> byte(1, 255);
    std::uniform_int_distribution<std::size_t> special(0, kSpecial.size() - 1);
    std::string word(length(random), '\0');
    for (char& one : word)
        one = byte(random) < 128 ? kSpecial[special(random)] : static_cast<char>(byte(random));
    return word;
}

} // namespace

/// Every argument of every command arrives byte for byte, or is refused by its name; the program's real definition.
class ArgumentsTest : public QObject
{
    Q_OBJECT

private slots:
    void everyArgumentOfEveryCommandArrivesAsItWasGiven()
    {
        const AllCommands all;
        int tried = 0;
        forEachCommand(all.program(), {}, [&](const CommandDefinition& command, const Words& path) {
            for (const auto& option : command.options) {
                if (option->kind != Kind::Argument)
                    continue;
                for (const std::string& word : kHostileWords) {
                    // Those before it in its order, itself, and those after it.
                    Words arguments;
                    for (const auto& one : command.options) {
                        if (one.get() == option.get())
                            arguments.push_back(word);
                        else if (one->kind == Kind::Argument && (one->isRequired || !option->takesMany))
                            arguments.emplace_back("filler");
                    }
                    Words expected{word};
                    if (option->takesMany) {
                        arguments = joined({arguments, {"x", word}});
                        expected = {word, "x", word};
                    }
                    const Words words = joined({path, {"--"}, arguments});
                    const Read got = read(all, path, option->name, words);
                    ++tried;
                    if (accepts(*option, word)) {
                        QVERIFY2(got.problem.empty(), (shown(words) + ": " + got.problem).c_str());
                        QVERIFY2(got.values == expected, shown(words).c_str());
                    } else {
                        QVERIFY2(got.problem.find(option->name) != std::string::npos, shown(words).c_str());
                        QVERIFY2(got.problem.find('\'' + displayText(word) + '\'') != std::string::npos,
                                 (shown(words) + ": " + got.problem).c_str());
                    }
                }
            }
        });
        QVERIFY(tried > 500);
    }

    void everyOptionOfEveryCommandTakesItsValueAsItWasGiven()
    {
        const AllCommands all;
        int arrived = 0;
        forEachCommand(all.program(), {}, [&](const CommandDefinition& command, const Words& path) {
            for (const auto& option : command.options) {
                if (option->kind != Kind::Option)
                    continue;
                Words values = kHostileWords;
                values.insert(values.end(), {"12h", "20G", "standard", "active", "7"});
                for (const std::string& value : values) {
                    const Words others = fillers(command, option.get());
                    const Words apart{option->name, value};
                    const Words together{option->name + '=' + value};
                    for (const Words& words :
                         {joined({path, apart, others}), joined({path, others, apart}),
                          joined({path, together, others}), joined({path, together, {"--"}, others})}) {
                        const Read got = read(all, path, option->name, words);
                        // A list is split, and no hostile word is a list of states.
                        const bool isFine = accepts(*option, value);
                        QVERIFY2(got.problem.empty() == isFine, (shown(words) + ": " + got.problem).c_str());
                        if (isFine) {
                            QVERIFY2(got.values == Words{value}, shown(words).c_str());
                            ++arrived;
                        } else {
                            QVERIFY2(got.problem.starts_with(option->name + ": "), got.problem.c_str());
                        }
                    }
                }
            }
        });
        QVERIFY(arrived > 500);
    }

    void whatFollowsTheDashesOfRunIsLeftAlone()
    {
        for (const std::string& word : kHostileWords) {
            const Words expected{word, "--", word, "--in", ""};
            const Read got = read({"scratch", "run"}, "COMMAND",
                                  joined({{"scratch", "run", "--in", "[x]", "--keep", "--"}, expected}));
            QVERIFY2(got.problem.empty(), got.problem.c_str());
            QVERIFY2(got.values == expected, shown({word}).c_str());
        }
        // The value of an option may be what else ends them.
        const Read name = read({"scratch", "run"}, "--name", {"scratch", "run", "--name", "--", "--", "true"});
        QVERIFY(name.problem.empty());
        QVERIFY(name.values == Words{"--"});
        QVERIFY(!read({"scratch", "run"}, "COMMAND", {"scratch", "run", "true"}).problem.empty());
        QVERIFY(read({"scratch", "run"}, "COMMAND", {"scratch", "run", "--"}).values.empty());
    }

    void anyBytesBehindTheDashesArrive()
    {
        std::mt19937 random(20260212);
        const AllCommands all;
        for (int round = 0; round < 3000; ++round) {
            Words words(std::uniform_int_distribution<std::size_t>(1, 6)(random));
            std::generate(words.begin(), words.end(), [&] { return randomWord(random); });
            const Read run = read(all, {"scratch", "run"}, "COMMAND", joined({{"scratch", "run", "--"}, words}));
            QVERIFY2(run.problem.empty() && run.values == words, shown(words).c_str());
            const bool anyEmpty = std::any_of(words.begin(), words.end(), [](const auto& one) { return one.empty(); });
            for (const Words& path : {Words{"check"}, Words{"scratch", "clean"}}) {
                const Read got =
                    read(all, path, path.size() == 1 ? "FOLDER" : "DIRECTORY", joined({path, {"--"}, words}));
                QVERIFY2(got.problem.empty() != anyEmpty, (shown(words) + ": " + got.problem).c_str());
                QVERIFY2(anyEmpty || got.values == words, shown(words).c_str());
            }
        }
    }

    /// Without the dashes a word may be an option: it is taken, or the problem is told, in words that a terminal may be
    /// shown. Nothing else is done with it.
    void anyBytesAnywhereAreTakenOrNamed()
    {
        std::mt19937 random(4);
        const AllCommands all;
        std::vector<Words> paths;
        forEachCommand(all.program(), {}, [&](const auto&, const Words& path) { paths.push_back(path); });
        int fine = 0;
        for (int round = 0; round < 3000; ++round) {
            Words words = paths[random() % paths.size()];
            for (std::size_t i = random() % 4; i > 0; --i)
                words.push_back(random() % 3 == 0 ? kHostileWords[random() % kHostileWords.size()]
                                                  : randomWord(random));
            const CommandCall call = readCommandLine(all.program(), words);
            QVERIFY(call.command != nullptr);
            QVERIFY2(displayText(call.problem) == call.problem, shown(words).c_str());
            fine += call.problem.empty() ? 1 : 0;
        }
        QVERIFY(fine > 100 && fine < 2900);
    }

    void wordsThatNameACommandAreArgumentsBehindOne()
    {
        QVERIFY((read({"check"}, "FOLDER", {"check", "scratch", "volumes", "check"}).values ==
                 Words{"scratch", "volumes", "check"}));
        QVERIFY((read({"scratch", "clean"}, "DIRECTORY", {"scratch", "clean", "list", "clean"}).values ==
                 Words{"list", "clean"}));
    }

    void optionsAndArgumentsMayBeMixed()
    {
        const Words words{"rights", "ann", "--json", "/a", "-", "--", "--json", "-h"};
        QVERIFY((read({"rights"}, "FOLDER", words).values == Words{"/a", "-", "--json", "-h"}));
        QVERIFY((read({"rights"}, "USER", words).values == Words{"ann"}));
        QVERIFY(read({"rights"}, "--json", words).values.size() == 1);
    }

    void listsAreSplitWhereThatIsSaidAndMayBeGivenAgain()
    {
        QVERIFY(
            (read({"scratch", "list"}, "--state", {"scratch", "list", "--state=active,expired", "--state", "released"})
                 .values == Words{"active", "expired", "released"}));
    }

    void wrongUsageIsNamedWithWhatWasExpected_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("problem");
        const auto row = [](const char* name, const QStringList& words, const QString& problem) {
            QTest::newRow(name) << words << problem;
        };
        row("misspelt option", {"check", "--lvel", "quick", "/"}, "there is no option '--lvel'; did you mean --level?");
        row("abbreviated option", {"check", "--from", "x"}, "there is no option '--from'; did you mean --from-file?");
        row("unknown option with a value", {"check", "--frobnicate=[x]", "/"},
            "there is no option '--frobnicate'; what begins with a dash and is no option stands behind --");
        row("unknown letter", {"check", "-x"},
            "there is no option '-x'; what begins with a dash and is no option stands behind --");
        row("option before the command", {"--quiet", "check"},
            "there is no option '--quiet'; the options of a command stand behind its name");
        row("misspelt command", {"chek", "/"}, "there is no command 'chek'; did you mean check?");
        row("unknown command", {"frobnicate"},
            "there is no command 'frobnicate'; expected check, rights, volumes, explain, scratch or verify");
        row("dashes for a command", {"--", "check"},
            "there is no command '--'; expected check, rights, volumes, explain, scratch or verify");
        row("empty command", {""},
            "there is no command ''; expected check, rights, volumes, explain, scratch or verify");
        row("misspelt scratch command", {"scratch", "relese"}, "there is no command 'relese'; did you mean release?");
        row("hidden command is not proposed", {"superviz"},
            "there is no command 'superviz'; expected check, rights, volumes, explain, scratch or verify");
        row("no command", {}, "no command given; expected check, rights, volumes, explain, scratch or verify");
        row("value is missing", {"check", "/", "--level"}, "--level: its value is missing; expected --level LEVEL");
        row("none of its values", {"check", "--level=brutal", "/"},
            "--level: 'brutal' is none of its values; expected quick, standard or full");
        row("one of a list", {"scratch", "list", "--state", "active,,expired"},
            "--state: '' is none of its values; expected active, expired, released, elsewhere, lost, offline or "
            "busy");
        row("given twice", {"check", "--level", "quick", "--level=full", "/"},
            "--level: given twice, and at last with 'full'; expected it once");
        row("flag with a value", {"scratch", "clean", "x", "--yes=no"}, "--yes: it takes no value, and 'no' was given");
        row("two that exclude each other", {"check", "--ndjson", "--json", "/"},
            "--json: it was given together with --ndjson; expected one of them");
        row("too many", {"explain", "a", "[b]"},
            "'[b]' is one argument too many; expected `scratchproof-cli explain [OPTION]... [NAME]`");
        row("too few", {"rights", "ann"},
            "no FOLDER given; expected `scratchproof-cli rights [OPTION]... USER FOLDER...`");
        row("command without its dashes", {"scratch", "run", "ls"},
            "'ls' is one argument too many; expected `scratchproof-cli scratch run [OPTION]... -- COMMAND "
            "[ARGUMENT]...`");
        row("empty folder", {"check", "/", ""}, "FOLDER: '' is empty, and names nothing; expected FOLDER");
        row("empty value", {"scratch", "create", "x", "--in="},
            "--in: '' is empty, and names nothing; expected --in FOLDER");
        for (const char* number : {"0", "10001", "-1", "+1", " 1", "1 ", "0x10", "1e3", "99999999999999999999", ""})
            row(qPrintable(QString("number '%1'").arg(number)), {"scratch", "log", "--most", number},
                QString("--most: '%1' is not a number that it takes; expected one from 1 to 10000").arg(number));
    }
    void wrongUsageIsNamedWithWhatWasExpected()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, problem);
        Words given;
        for (const QString& word : words)
            given.push_back(word.toStdString());
        const AllCommands commands;
        QCOMPARE(QString::fromStdString(readCommandLine(commands.program(), given).problem), problem);
    }

    void nothingIsFilledInWhereAnythingIsWrong()
    {
        QVERIFY(read({"check"}, "--json", {"check", "--json", "/"}).values.size() == 1);
        QVERIFY(read({"check"}, "--json", {"check", "--json", "/", "--odd"}).values.empty());
        QVERIFY(read({"check"}, "FOLDER", {"check", "--json", "/", ""}).values.empty());
        QVERIFY(read({"check"}, "FOLDER", {"check", "/", "--help"}).values.empty());
    }

    void helpIsMadeOfTheDefinition()
    {
        const AllCommands commands;
        QCOMPARE(QString::fromStdString(helpOf(commandAt(commands.program(), {"scratch", "log"}), 100)),
                 QString("Usage: scratchproof-cli scratch log [OPTION]...\n"
                         "\n"
                         "Show what was done without being asked, the newest first\n"
                         "\n"
                         "Options:\n"
                         "  --most NUMBER  So many lines at most (1 to 10000; default: 100)\n"
                         "  --json         Print one JSON document (scratchproof.scratch/1)\n"
                         "  -h, --help     Show this, and do nothing else\n"
                         "\n"
                         "Exit codes: 0 usable, 1 unusable, 2 wrong usage, 3 could not find out, 4 a fault of the "
                         "program.\n"
                         "See scratchproof-cli(1).\n"));
        const std::string check = helpOf(commandAt(commands.program(), {"check"}), 100);
        QVERIFY(check.find("Usage: scratchproof-cli check [OPTION]... [FOLDER]...\n") == 0);
        QVERIFY(check.find("(quick, standard, full; default: standard)") != std::string::npos);
        QVERIFY(check.find("(scratchproof.report/1; not with --ndjson)") != std::string::npos);
        const std::string run = helpOf(commandAt(commands.program(), {"scratch", "run"}), 100);
        QVERIFY(run.find("Usage: scratchproof-cli scratch run [OPTION]... -- COMMAND [ARGUMENT]...\n") == 0);
        QVERIFY(run.find("126 not executable") != std::string::npos);
    }

    void helpNamesEverythingInLinesThatFit()
    {
        const AllCommands commands;
        const std::string program = helpOf(commands.program(), 80);
        QVERIFY(program.find("\n  check  ") != std::string::npos);
        QVERIFY(program.find("prober") == std::string::npos);
        QVERIFY(program.find("--version") != std::string::npos);
        forEachCommand(commands.program(), {}, [&](const CommandDefinition& command, const Words& path) {
            for (const std::size_t columns : {40U, 80U, 100U}) {
                const std::string help = helpOf(command, columns);
                QVERIFY2(help.back() == '\n' && help.find(" \n") == std::string::npos, help.c_str());
                std::istringstream lines(help);
                for (std::string line; std::getline(lines, line);)
                    QVERIFY2(widthOf(line) <= columns, line.c_str());
                for (const auto& option : command.options)
                    QVERIFY2((help.find("  " + option->name) != std::string::npos ||
                              help.find("-h, " + option->name) != std::string::npos) != option->isHidden,
                             (shown(path) + ": " + option->name).c_str());
            }
        });
    }

    void everythingIsDescribed()
    {
        const AllCommands commands;
        int count = 0;
        forEachCommand(commands.program(), {}, [&](const CommandDefinition& command, const Words& path) {
            QVERIFY2(!command.about.empty() && commands.find(command) != nullptr, shown(path).c_str());
            bool takesAll = false;
            for (const auto& option : command.options) {
                const std::string where = shown(path) + ": " + option->name;
                ++count;
                QVERIFY2(!option->about.empty(), where.c_str());
                QVERIFY2(option->kind != Kind::Option || !option->valueWord.empty(), where.c_str());
                QVERIFY2(option->kind != Kind::Argument || !takesAll, where.c_str());
                takesAll = takesAll || (option->kind == Kind::Argument && option->takesMany);
            }
        });
        QVERIFY(count > 60);
    }
};

QTEST_APPLESS_MAIN(ArgumentsTest)
#include "tst_arguments.moc"
