using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>Functions of the running kernel, as its own type information names them.</summary>
internal static class KernelFunctions
{
    // BTF_KIND_FUNC in include/uapi/linux/btf.h.
    private const uint Function = 12;

    /// <summary>
    /// Calls whose entry in arch/x86/entry/syscalls/syscall_64.tbl names another function than the call (SYSCALL_DEFINE in fs/stat.c, kernel/sys.c, fs/read_write.c,
    /// fs/namespace.c). For all others it is the call's own name.
    /// </summary>
    private static readonly Dictionary<string, string> s_otherNames = new(StringComparer.Ordinal)
    {
        ["stat"] = "newstat",
        ["fstat"] = "newfstat",
        ["lstat"] = "newlstat",
        ["uname"] = "newuname",
        ["sendfile"] = "sendfile64",
        ["umount2"] = "umount",
        ["_sysctl"] = "ni_syscall",
        ["lookup_dcookie"] = "ni_syscall",
    };

    // Read once and kept: some 5 MB, and 20 ms.
    private static readonly Lazy<nint> s_types = new(LibBpf.btf__load_vmlinux_btf);

    /// <summary>The function that the table of 64-bit calls points to: <c>__x64_sys_newstat</c> for <c>stat</c>.</summary>
    public static string EntryOf(Syscall call) => "__x64_sys_" + s_otherNames.GetValueOrDefault(call.Name, call.Name);

    /// <summary>Whether the kernel has a function of this name that programs can be attached to.</summary>
    public static bool Exists(string name) => s_types.Value != 0 && LibBpf.btf__find_by_name_kind(s_types.Value, name, Function) > 0;
}
