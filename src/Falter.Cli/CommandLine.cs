namespace Falter.Cli;

/// <summary>The arguments, parted at the first <c>--</c>: Falter's own before it, the command to launch after it.</summary>
/// <param name="OwnArguments">What Falter itself parses.</param>
/// <param name="LaunchCommand">The command to launch with its arguments, never parsed by Falter; null where there is no <c>--</c>.</param>
internal sealed record CommandLine(IReadOnlyList<string> OwnArguments, IReadOnlyList<string>? LaunchCommand)
{
    public static CommandLine Split(string[] args)
    {
        int dashes = Array.IndexOf(args, "--");
        return dashes < 0 ? new CommandLine(args, null) : new CommandLine(args[..dashes], args[(dashes + 1)..]);
    }
}
