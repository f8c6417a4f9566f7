using System.CommandLine;
using System.CommandLine.Parsing;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What is wrong with a command line, one finding per mistake: what, what was expected, where to look.</summary>
internal static class ParseMistakes
{
    /// <summary>All mistakes; empty where the command line can be carried out.</summary>
    public static IReadOnlyList<Finding> Of(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0) return [];
        Command command = parsed.CommandResult.Command;
        Finding[] mistakes =
        [
            // What follows an unknown verb cannot be judged.
            .. (command is Verb ? parsed.UnmatchedTokens : parsed.UnmatchedTokens.Take(1)).Select(token => Finding.Refusal("bad-option", Unknown(command, token))),
            .. command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && (parsed.GetResult(a)?.Tokens.Count ?? 0) == 0)
                .Select(a => Finding.Refusal("bad-option", $"{a.Name} is missing{Example(command)}")),
            .. command.Options.Select(o => parsed.GetResult(o)).OfType<OptionResult>().SelectMany(OfOption),
        ];
        // A kind of mistake that is not known above is told in the library's words.
        return mistakes.Length > 0 ? mistakes : [.. parsed.Errors.Select(e => Finding.Refusal("bad-option", string.Join(' ', e.Message.TrimEnd('.').Split((char[])['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries))))];
    }

    private static IEnumerable<Finding> OfOption(OptionResult result)
    {
        Option option = result.Option;
        if (result.Implicit) return [];
        if (result.Tokens.Count < option.Arity.MinimumNumberOfValues) return [Finding.Refusal("bad-option", $"{option.Name}: a value is missing; expected {option.Name} {option.HelpName}")];
        if (result.Tokens.Count > option.Arity.MaximumNumberOfValues) return [Finding.Refusal("bad-option", $"{option.Name}: given {result.Tokens.Count} times; expected once")];
        return result.Errors.Select(e => Finding.Refusal("bad-option", e.Message));
    }

    private static string Unknown(Command command, string token)
    {
        string[] known = [.. (token.StartsWith('-') ? command.Options.Select(o => o.Name) : command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))];
        string what = command is not Verb verb ? $"'{token}' is no {(token.StartsWith('-') ? "option" : "verb")} of falter"
            : token.StartsWith('-') ? $"'{token}' is no option of falter {verb.Path}"
            : $"'{token}' is one argument too many for falter {verb.Path}{(verb.HasTarget ? "; a command to launch stands after --" : "")}";
        return $"{what}{NearestNames.Hint(token, known)}{(known.Length > 0 && NearestNames.Of(token, known).Count == 0 ? $"; {Listing(command)}" : "")}";
    }

    private static string Listing(Command command) => command is Verb verb ? $"`falter {verb.Path} --help` lists them" : "`falter --help` lists them";

    private static string Example(Command command) => command is Verb verb ? $"; expected for example {verb.Example}" : "";
}
