using Falter.Records;

namespace Falter.Linux.Seccomp;

/// <summary>How the keeper is started: the executable of Falter, and what comes before the verb.</summary>
/// <param name="File">The program.</param>
/// <param name="LeadingArguments">Arguments before <c>keeper</c>: the assembly where the program is <c>dotnet</c>.</param>
public sealed record KeeperProgram(string File, IReadOnlyList<string> LeadingArguments)
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "keeper";

    /// <summary>The variable that names the executable of Falter where the running program is another (a test, a tool that embeds Falter).</summary>
    public const string PathVariable = "FALTER_EXECUTABLE";

    /// <summary>The running program where it is Falter; else what <see cref="PathVariable"/> names; else <c>falter</c> beside the running program.</summary>
    /// <exception cref="FalterException"><c>prerequisite-missing</c>: there is none.</exception>
    public static KeeperProgram Find()
    {
        string own = Environment.ProcessPath ?? "";
        if (Path.GetFileName(own) == "falter") return new KeeperProgram(own, []);
        string assembly = Path.Combine(AppContext.BaseDirectory, "falter.dll");
        if (Path.GetFileName(own) == "dotnet" && System.Reflection.Assembly.GetEntryAssembly()?.Location == assembly) return new KeeperProgram(own, [assembly]);
        string named = Environment.GetEnvironmentVariable(PathVariable) ?? Path.Combine(AppContext.BaseDirectory, "falter");
        return System.IO.File.Exists(named) ? new KeeperProgram(named, [])
            : throw FalterException.Cannot("prerequisite-missing", $"the keeper needs the executable of Falter and '{named}' does not exist; name it with {PathVariable}=/path/to/falter");
    }
}
