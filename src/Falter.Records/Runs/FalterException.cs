namespace Falter.Records;

/// <summary>
/// An anticipated mistake or lack, already explained: the command line prints the message without a stack trace and ends with
/// <see cref="ExitCode"/>. Any other exception that reaches the command line is a defect.
/// </summary>
public sealed class FalterException : Exception
{
    /// <summary>One mistake.</summary>
    public FalterException(Finding finding, ExitCode exitCode) : this([finding], exitCode) { }

    /// <summary>All mistakes at once.</summary>
    public FalterException(IReadOnlyList<Finding> findings, ExitCode exitCode)
        : base(string.Join(Environment.NewLine, findings.Select(f => f.ToString())))
    {
        Findings = findings;
        ExitCode = exitCode;
    }

    /// <summary>What is wrong, each with its code.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    public ExitCode ExitCode { get; }

    /// <summary>A mistake in what the user wrote: exit code 2.</summary>
    public static FalterException Usage(string code, string message) => new(Finding.Refusal(code, message), ExitCode.Usage);

    /// <summary>A feature or permission that this machine lacks: exit code 3.</summary>
    public static FalterException Cannot(string code, string message) => new(Finding.Refusal(code, message), ExitCode.Cannot);
}
