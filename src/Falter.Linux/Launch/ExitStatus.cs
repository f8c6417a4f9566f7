using Falter.Records;

namespace Falter.Linux.Launch;

/// <summary>How a process ended: with an exit code, or by a signal. One of the two is null.</summary>
/// <param name="Code">0 to 255.</param>
/// <param name="Signal">The signal's number.</param>
public readonly record struct ExitStatus(int? Code, int? Signal)
{
    /// <summary>Whether it ended by itself with exit code 0.</summary>
    public bool IsSuccess => Code == 0;

    /// <summary><c>exit code 3</c> or <c>killed by SIGSEGV</c>.</summary>
    public override string ToString() =>
        Signal is not { } signal ? $"exit code {Code}" : $"killed by {new Signal(signal)}";

    internal static ExitStatus FromWaitStatus(int status) => (status & 0x7f) == 0 ? new((status >> 8) & 0xff, null) : new(null, status & 0x7f);
}
