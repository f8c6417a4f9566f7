using Falter.Linux.Network;

namespace Falter.Linux.Launch;

/// <summary>What to launch, and how.</summary>
public sealed record LaunchOptions
{
    /// <summary>The command and its arguments. A name without a slash is searched in PATH.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Where the command starts. Default: the folder that Falter itself runs in.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Variables that replace or extend Falter's own environment; null as a value removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>A file that standard output and standard error are appended to. Default: Falter's own.</summary>
    public string? OutputFile { get; init; }

    /// <summary>Whether standard output is Falter's standard error, where <see cref="OutputFile"/> is not given: Falter's own output stays data alone.</summary>
    public bool OutputToError { get; init; }

    /// <summary>Whether standard input is Falter's own. Default: <c>/dev/null</c>.</summary>
    public bool InheritInput { get; init; }

    /// <summary>The network namespace that the command starts in, which must stay open until it has. Default: Falter's own.</summary>
    public NetworkNamespace? Network { get; init; }
}
