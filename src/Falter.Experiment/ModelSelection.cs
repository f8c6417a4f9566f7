using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Which models are tried first where not all can be.</summary>
public static class ModelSelection
{
    /// <summary>
    /// Models with enough samples before weak ones, real errors before normal outcomes (EAGAIN …), frequent before rare. Ties by name, so that the same
    /// observation gives the same order.
    /// </summary>
    public static IReadOnlyList<ErrorModel> Ordered(IEnumerable<ErrorModel> models) =>
    [
        .. models.OrderBy(m => m.Weak).ThenBy(m => m.NormalOutcome).ThenByDescending(m => m.Natural.Failures).ThenBy(m => m.Name, StringComparer.Ordinal),
    ];

    /// <summary>
    /// Parts models that can be injected from those that cannot: the calls by which a thread ends or returns from a signal, and those that the
    /// mechanisms need themselves.
    /// </summary>
    public static (IReadOnlyList<ErrorModel> Injectable, IReadOnlyList<ErrorModel> Untouchable) Injectable(IReadOnlyList<ErrorModel> models)
    {
        ILookup<bool, ErrorModel> parts = models.ToLookup(m => IsInjectable(m.Syscall));
        return ([.. parts[true]], [.. parts[false]]);
    }

    /// <summary>Whether a call can be failed at all.</summary>
    public static bool IsInjectable(Syscall syscall) => !SeccompInstallation.NotSelectable.Contains(syscall);
}
