namespace Falter.Linux.Ebpf;

/// <summary>How a program replaces what a function of the kernel returns.</summary>
public enum OverrideKind
{
    /// <summary>A program on the function itself, which is skipped where the program returns an error.</summary>
    FmodRet,

    /// <summary>A probe on the function, with <c>bpf_override_return</c>.</summary>
    Kprobe,

    /// <summary>A program as a security module.</summary>
    Lsm,
}

/// <summary>A place where a program can make a call fail.</summary>
/// <param name="Kind">How.</param>
/// <param name="Function">The function of the kernel; for <see cref="OverrideKind.Lsm"/> the hook's name.</param>
public readonly record struct OverrideHook(OverrideKind Kind, string Function)
{
    /// <summary>The n-th program of this kind in bpf/override.bpf.c.</summary>
    internal string ProgramName(int number) => FormattableString.Invariant($"{(Kind switch { OverrideKind.FmodRet => "fmod", OverrideKind.Kprobe => "kprobe", _ => "lsm" })}_{number}");

    /// <summary><c>fmod_ret/security_file_open</c>, as libbpf writes it.</summary>
    public override string ToString() => $"{(Kind switch { OverrideKind.FmodRet => "fmod_ret", OverrideKind.Kprobe => "kprobe", _ => "lsm" })}/{Function}";
}
