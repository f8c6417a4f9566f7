namespace Falter.Records;

/// <summary>What the command line ends with. The numbers are an interface: scripts and CI read them.</summary>
public enum ExitCode
{
    /// <summary>Done, and everything held.</summary>
    Held = 0,

    /// <summary>Something broke: a verdict worse than degraded (or as <c>--fail-on</c> says), or a failed check.</summary>
    Broke = 1,

    /// <summary>The command line or the plan is wrong. Nothing was armed.</summary>
    Usage = 2,

    /// <summary>This machine cannot: a kernel feature or a permission is missing.</summary>
    Cannot = 3,

    /// <summary>A defect of Falter itself.</summary>
    Internal = 4,

    /// <summary>Interrupted by the user, after everything was undone.</summary>
    Interrupted = 130,
}
