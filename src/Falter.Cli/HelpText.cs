using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace Falter.Cli;

/// <summary>Help for people: usage, what the verb does, arguments, options with their defaults, an example. Plain text, wrapped.</summary>
internal static class HelpText
{
    // Piped help has one width, so that it can be compared; wider lines are hard to read on any terminal.
    private const int PipedWidth = 100, Narrowest = 60, Widest = 120, Gap = 2, WidestNames = 30;

    /// <summary>Lets <c>--help</c> of a command and of its verbs print this text.</summary>
    public static void Use(RootCommand root)
    {
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Description = "Show this help";
            help.Action = new PrintAction();
        }
    }

    /// <summary>The help of the whole program or of one verb.</summary>
    /// <param name="command">The root command or a verb.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static string Render(Command command, int width)
    {
        var text = new StringBuilder();
        text.Append($"Usage: {Usage(command)}\n\n");
        Wrap(text, $"{command.Description}.", 0, width);
        if (command is Verb { Details.Length: > 0 } detailed)
        {
            text.Append('\n');
            Wrap(text, detailed.Details, 0, width);
        }
        Section(text, "Verbs", [.. command.Subcommands.Where(c => !c.Hidden).Select(c => (c.Name, c.Description ?? ""))], width);
        Section(text, "Arguments", [.. command.Arguments.Select(a => (a.Name, a.Description ?? ""))], width);
        (string, string)[] launch = command is Verb { HasTarget: true } ? [("-- COMMAND…", "The command to launch as the target, with its arguments; everything after -- belongs to it")] : [];
        Section(text, "Options", [.. launch, .. Options(command).Select(o => (Names(o), o.Description ?? ""))], width);
        if (command is Verb verb) text.Append($"\nExample:\n  {verb.Example}\n");
        else AppendWhole(text, width);
        return text.ToString();
    }

    /// <summary>The width to write help in.</summary>
    public static int Width => Console.IsOutputRedirected ? PipedWidth : Math.Clamp(Console.WindowWidth, Narrowest, Widest);

    private static void AppendWhole(StringBuilder text, int width)
    {
        text.Append("\nExamples:\n  falter doctor\n  falter demo\n  falter assess --check http://127.0.0.1:8080/ --workload http://127.0.0.1:8080/ -- nginx -g 'daemon off;'\n\n");
        Wrap(text, "`falter VERB --help` lists a verb's options and shows an example. Data goes to standard output, talk to standard error. " +
            "Exit codes: 0 done and held, 1 something broke, 2 wrong usage, 3 this machine cannot, 4 a defect of Falter, 130 interrupted, after undoing.", 0, width);
    }

    private static string Usage(Command command)
    {
        if (command is not Verb verb) return "falter VERB [options]";
        string arguments = string.Concat(verb.Arguments.Select(a => $" {a.Name}{(a.Arity.MaximumNumberOfValues > 1 ? "…" : "")}"));
        return $"falter {verb.Path}{arguments} [options]{(verb.HasTarget ? " -p PID | --name NAME | -- COMMAND…" : "")}";
    }

    private static IEnumerable<Option> Options(Command command)
    {
        IEnumerable<Option> inherited = command.Parents.OfType<Command>().SelectMany(p => p.Options).Where(o => o.Recursive);
        return command.Options.Concat(inherited).Where(o => !o.Hidden);
    }

    private static string Names(Option option)
    {
        // Short names first, as manual pages do; -? and /h are not told.
        IEnumerable<string> names = option.Aliases.Where(a => a.Length == 2 && char.IsAsciiLetter(a[1]) && a[0] == '-').Append(option.Name);
        return string.Join(", ", names) + (option.HelpName is { } value ? $" {value}" : "");
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<(string Name, string Description)> rows, int width)
    {
        if (rows.Count == 0) return;
        text.Append($"\n{title}:\n");
        int names = Math.Min(WidestNames, rows.Max(r => r.Name.Length));
        foreach ((string name, string description) in rows)
        {
            text.Append($"  {name.PadRight(names)}");
            // A name that is too wide for the column stands on a line of its own.
            text.Append(name.Length > names ? "\n" + new string(' ', 2 + names + Gap) : new string(' ', Gap));
            Wrap(text, description, 2 + names + Gap, width);
        }
    }

    /// <summary>Words, broken into lines; the first line goes on where the text stands, at column <paramref name="indent"/>.</summary>
    private static void Wrap(StringBuilder text, string words, int indent, int width)
    {
        int column = indent;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > indent && column + 1 + word.Length > width)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }
            if (column > indent)
            {
                text.Append(' ');
                column++;
            }
            text.Append(word);
            column += word.Length;
        }
        text.Append('\n');
    }

    private sealed class PrintAction : SynchronousCommandLineAction
    {
        // Who asks for help gets it, whatever else is on the line.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            Console.Out.Write(Render(parseResult.CommandResult.Command, Width));
            return 0;
        }
    }
}
