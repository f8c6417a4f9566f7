using Falter.Records;

namespace Falter.Linux;

/// <summary>A call into the kernel, or into a library that stands for it, failed in a way that nobody anticipated.</summary>
/// <param name="call">The C name of the function that failed: <c>bpf_object__load</c>.</param>
/// <param name="errno">What it reported.</param>
/// <param name="detail">What the library said about it, for example the verifier's log; empty where it said nothing.</param>
public sealed class LinuxException(string call, Errno errno, string detail = "")
    : Exception($"{call} failed: {errno} ({errno.Meaning})" + (detail.Length == 0 ? "" : Environment.NewLine + detail.TrimEnd()))
{
    /// <summary>The C name of the function that failed.</summary>
    public string Call { get; } = call;

    /// <summary>What it reported.</summary>
    public Errno Errno { get; } = errno;

    /// <summary>What the library said about it; empty where it said nothing.</summary>
    public string Detail { get; } = detail;
}
